"""Runs the command with too little memory for its rings.

    python tests/faults/memory.py [--step 2]        MiB from one limit to the next

By RLIMIT_AS (address space beyond what it has when it begins), by RLIMIT_FSIZE (which bounds a
memfd, too), and, where this process may make one below its own, by a memory cgroup. Under each
limit, from none to where all works, it has to work or to end with one line that says what to do: no
SIGBUS, no SIGXFSZ, no kill by the kernel.
"""
import argparse
import contextlib
import os
import resource
import sys
import time

from checks import Verdict
from command import ended_well, ran

from hzstat.cgroups import levels
from hzstat.room import V1

MIB = 1 << 20
ENOUGH = 2              # limits in a row under which all works
MOST = 192 * MIB
ARGUMENTS = ["-r", "1000", "-j", "2", "0.3", "2"]

# The limit is set when all is imported, so that it is the rings that find no room.
IN_LESS_SPACE = f"""\
import contextlib, io, resource, sys
import hzstat.cli
with contextlib.redirect_stdout(io.StringIO()):
    hzstat.cli.main(["0.05", "1"])
with open("/proc/self/statm") as file:
    limit = int(file.read().split()[0]) * resource.getpagesize() + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
sys.exit(hzstat.cli.main({ARGUMENTS!r}))
"""


def address_space(limit):
    return ran([sys.executable, "-c", IN_LESS_SPACE, str(limit)])


def file_size(limit):
    return ran([sys.executable, "-m", "hzstat", *ARGUMENTS],
               lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))


class Cgroup:
    """A memory cgroup (v1) below our own."""

    def __enter__(self):
        with open("/proc/self/cgroup") as file:
            group = next((line.rstrip("\n").split(":", 2)[2] for line in file
                          if "memory" in line.split(":")[1].split(",")), None)
        if group is None:
            raise OSError("no memory cgroup (v1)")
        self.folder = f"{next(levels('/sys/fs/cgroup/memory', group))}/hzstat-{os.getpid()}"
        os.mkdir(self.folder)
        return self

    def __exit__(self, *_):
        # Whoever was in it may still be on its way out.
        for _ in range(100):
            with contextlib.suppress(OSError):
                os.rmdir(self.folder)
                return
            time.sleep(0.05)
        os.rmdir(self.folder)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def kills(self):
        """How often the kernel has ended a process here."""
        with open(f"{self.folder}/memory.oom_control") as file:
            return int(dict(line.split() for line in file).get("oom_kill", 0))

    def limited(self, limit):
        self.write(V1[0], str(limit))
        return ran([sys.executable, "-m", "hzstat", *ARGUMENTS],
                   lambda: self.write("cgroup.procs", str(os.getpid())))


def series(what, limited, first, step, verdict):
    """Run under one limit after the other, until all works."""
    good = 0
    for limit in range(first, MOST, step):
        where = f"{limit / MIB:g} MiB of {what}"
        found = ended_well(limited(limit), where, verdict)
        verdict.count(f"limits of {what}: {found}")
        good = good + 1 if found == "all works" else 0
        if good == ENOUGH:
            return
    verdict.require(False, f"it doesn't even work with {MOST / MIB:g} MiB of {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=float, default=2)
    step = int(parser.parse_args().step * MIB)
    verdict = Verdict("memory")
    series("address space", address_space, 0, step, verdict)
    series("file size", file_size, 0, step, verdict)
    try:
        with Cgroup() as cgroup:
            # With less than this Python itself and numpy find no room.
            series("cgroup", cgroup.limited, 16 * MIB, step, verdict)
            verdict.counts["kills by the kernel"] = kills = cgroup.kills()
            verdict.require(kills == 0, f"the kernel has ended {kills} processes")
    except OSError as failure:
        verdict.count(f"cgroups ({failure})", 0)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
