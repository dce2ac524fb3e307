"""Kills programs that sample with SIGKILL, at random instants.

    python tests/faults/caller_kill.py [--count 200] [--within 1] [--seed N]

Most are the command, which forks its workers; one in five is a program with a Sampler of its own,
by spawn and forkserver in turns. Their workers have to be gone within a second, with nothing in
/dev/shm or in the temporary directory. (Python's own is allowed: the folder for its socket that a
killed forkserver leaves, and the complaint of a child that was to be told what to do.)
"""
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import SOURCES, begun, in_shm, left_in_shm, marked

LONGEST_LIFE_SECONDS = 1.0
SETUP_SECONDS = 0.1
MARK = "HZSTAT_FAULT"
WORKER = b"hzstat worker\n"     # what it calls itself once it samples

UNTOLD = (b"EOFError: Ran out of input\n", b"UnpicklingError: pickle data was truncated\n")

PROGRAM = """\
import multiprocessing, sys, time
import hzstat
if __name__ == "__main__":
    with hzstat.Sampler(dict.fromkeys({sources}, 1000), jobs=2,
                        context=multiprocessing.get_context(sys.argv[1])) as sampler:
        time.sleep(60)
"""
KINDS = ("fork", "spawn", "forkserver", *["fork"] * 7)


def command(kind, program):
    if kind == "fork":
        return [sys.executable, "-m", "hzstat", "-r", "1000", "-j", "2", "0.1"]
    return [sys.executable, str(program), kind]


def sampling(pids):
    """How many of them are workers at work."""
    found = 0
    for pid in pids:
        try:
            found += Path(f"/proc/{pid}/comm").read_bytes() == WORKER
        except OSError:
            continue
    return found


def one_death(kind, number, program, chance, within, verdict):
    with tempfile.TemporaryDirectory() as folder:
        mark = f"{MARK}={os.getpid()}-{number}"
        shm = in_shm()
        process = subprocess.Popen(
            command(kind, program), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=os.environ | dict([mark.split("=")]) | {"TMPDIR": folder})
        # A fifth while it comes up, before or after it has its first worker.
        time.sleep(chance.uniform(0, SETUP_SECONDS if chance.random() < 0.2
                                  else LONGEST_LIFE_SECONDS))
        family = marked(mark)
        verdict.require(process.poll() is None, f"{kind}: it had ended by itself")
        verdict.count("with workers at work", sampling(family) > 0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed = time.monotonic()
        while (left := marked(mark)) and time.monotonic() < killed + 10:
            time.sleep(0.01)
        took = time.monotonic() - killed
        verdict.count(f"deaths by {kind}")
        verdict.largest("s at most until all were gone", took)
        verdict.require(took <= within, f"{kind}: gone after {took:.3f} s")
        verdict.require(not left, f"{kind}: processes {left} are left")
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        said = process.communicate()[1]
        untold = kind != "fork" and said.endswith(UNTOLD)
        verdict.require(untold or not said, f"{kind}: someone said {said!r}")
        verdict.count("children that Python hadn't told yet what to do", untold)
        new = left_in_shm(shm)
        verdict.require(not new, f"{kind}: {new} in /dev/shm")
        files = os.listdir(folder)
        if kind == "forkserver":
            files = [name for name in files if not name.startswith("pymp-")]
        verdict.require(not files, f"{kind}: {files} in the temporary directory")


def main():
    arguments, chance, verdict = begun("caller-kill", __doc__, count=(200,),
                                        within=(1.0, "seconds that it may take"))
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.py")
        program.write_text(PROGRAM.format(sources=SOURCES))
        for number, kind in zip(range(arguments.count), itertools.cycle(KINDS), strict=False):
            one_death(kind, number, program, chance, arguments.within, verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
