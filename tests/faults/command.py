"""The command under a limit: it works, or says in one line what to do."""
import os
import subprocess
import tempfile

from checks import marked

ROWS = 2
ADVICE = ("limit", "fewer")


def ran(command, preexec=None):
    """Run it in an environment of its own: (what came of it, what it left behind)."""
    mark = f"HZSTAT_FAULT=limits-{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, preexec_fn=preexec, capture_output=True, text=True,
                              timeout=60, env=os.environ | dict([mark.split("=")])
                              | {"TMPDIR": folder, "OPENBLAS_NUM_THREADS": "1"})
        return done, marked(mark), os.listdir(folder)


def ended_well(run, where, verdict):
    """How did it end? In one of three ways, or there is a violation."""
    done, processes, files = run
    verdict.require(not processes, f"{where}: processes {processes} are left")
    verdict.require(not files, f"{where}: files {files} are left")
    rows = done.stdout.splitlines()[2:]
    said = done.stderr.splitlines()
    told = all(line.startswith("hzstat: ") for line in said)
    if done.returncode:
        verdict.require(told and done.returncode == 1 and len(said) == 1
                        and any(word in done.stderr for word in ADVICE),
                        f"{where}: exit status {done.returncode}, {done.stderr!r}")
        return "an error of one line"
    whole = not any("-" in row for row in rows)
    verdict.require(told and len(rows) == ROWS and (whole or said),
                    f"{where}: rows {rows}, and {done.stderr!r}")
    return "all works" if whole and not said else "some sources, and told"
