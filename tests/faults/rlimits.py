"""Runs the command with too few open files, and with too few processes.

    python tests/faults/rlimits.py [--least 1] [--step 1]

Under each limit, from one at which Python starts up to where all works, it has to work whole, or to
tell which source it can't read, or to end with one line that says what to do. Processes are counted
by user, and root has no limit of them: started as root, the command becomes a user that has no
others.
"""
import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

from checks import Verdict
from command import ROWS, ended_well, ran

ENOUGH = 3              # limits in a row under which all works
MOST = 64
ARGUMENTS = ["-r", "100", "-j", "2", "0.3", str(ROWS)]

# It runs once before it becomes another user, who may not be able to read the modules.
AS_SOMEONE = f"""\
import contextlib, io, os, resource, sys
import hzstat.cli
with contextlib.redirect_stdout(io.StringIO()):
    hzstat.cli.main(["0.05", "1"])
limit, user = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
if user:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
sys.exit(hzstat.cli.main({ARGUMENTS!r}))
"""


def tasks_of(user):
    """How many threads that user has, which is what the limit bounds."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found += len(os.listdir(folder / "task")) * (folder.stat().st_uid == user)
        except OSError:
            continue
    return found


def unused_user():
    return next(user for user in range(60_000, 61_000) if not tasks_of(user))


def limited_files(limit):
    return [sys.executable, "-m", "hzstat", *ARGUMENTS], lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (limit, limit))


def limited_processes(limit):
    user = 0 if os.getuid() else unused_user()
    others = 0 if user else tasks_of(os.getuid())
    return [sys.executable, "-c", AS_SOMEONE, str(limit + others), str(user)], None


def python_starts(limit):
    """Can Python start at all with so few open files?"""
    return not subprocess.run([sys.executable, "-c", "import argparse, json, subprocess"],
                              preexec_fn=limited_files(limit)[1],
                              stderr=subprocess.DEVNULL).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--least", type=int, default=1, help="the first limit")
    parser.add_argument("--step", type=int, default=1, help="from one limit to the next")
    arguments = parser.parse_args()
    verdict = Verdict("rlimits")
    for what, limited in (("open files", limited_files), ("processes", limited_processes)):
        good = 0
        for limit in range(arguments.least, MOST, arguments.step):
            if limited is limited_files and not python_starts(limit):
                verdict.count("limits of open files at which Python doesn't start")
                continue
            found = ended_well(ran(*limited(limit)), f"{limit} {what}", verdict)
            verdict.count(f"limits of {what}: {found}")
            good = good + 1 if found == "all works" else 0
            if good == ENOUGH:
                break
        verdict.require(good == ENOUGH, f"it doesn't even work with {MOST} {what}")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
