"""The command line as a process, and what /proc tells of processes."""
import subprocess
import sys
from pathlib import Path

HZSTAT = [sys.executable, "-m", "hzstat"]


def run(*words, **options):
    """What became of `hzstat WORDS`; its output is text unless `options` of subprocess.run() say
    otherwise."""
    usual = {"text": True, "timeout": 60, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run([*HZSTAT, *map(str, words)], check=False, **{**usual, **options})


def children(pid):
    """The pids of its children, whichever thread made them."""
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir()
            for one in (task / "children").read_text().split()]


def command_of(pid):
    """Its arguments, each with a NUL behind it; b"" where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
