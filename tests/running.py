"""The command line as a process, and what /proc tells of processes."""
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

HZSTAT = [sys.executable, "-m", "hzstat"]


def run(*words, **options):
    """What became of `hzstat WORDS`; its output is text unless `options` of subprocess.run() say
    otherwise."""
    usual = {"text": True, "timeout": 60, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run([*HZSTAT, *map(str, words)], check=False, **{**usual, **options})


def environment(**more):
    """Ours with `more`, but of nothing that decides on colours but a terminal's name."""
    kept = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return {**kept, "TERM": "xterm", **more}


def hzstat(*words, **more):
    """The same in environment(**more)."""
    return run(*words, env=environment(**more))


def lines(*words, **more):
    """What it prints where all goes well."""
    done = hzstat(*words, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def in_a_terminal(*arguments, height=24, width=80, **more):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))
    with subprocess.Popen([*HZSTAT, *map(str, arguments)], env=environment(**more),
                          stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:             # how Linux says that the other end was closed
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


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
