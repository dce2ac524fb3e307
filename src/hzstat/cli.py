"""The command line: arguments → plan → run → show. Nothing else in hzstat prints."""
from __future__ import annotations

import os
import sys
from errno import EDQUOT, EFBIG, EMFILE, ENFILE, ENOSPC
from importlib import import_module
from io import TextIOWrapper

# Now, since later there may be no file descriptor left to import them with.
from .errors import HzstatError
from .units import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, ModuleType
    from typing import TextIO

HUNG_UP, INTERRUPTED, BROKEN_PIPE, TERMINATED = 129, 130, 141, 143
FAILED, MISUSED = 1, 2
WHAT_TO_DO = {EMFILE: "raise the limit of open files (ulimit -n)",
              ENFILE: "the whole system has too many files open",
              EFBIG: "raise the limit on their size (ulimit -f)",
              ENOSPC: "make room, or write elsewhere", EDQUOT: "make room, or write elsewhere"}

# What `hzstat NAME` does, in the order in which it is told; anything else is about rows. Each is a
# module cli_NAME with a run(argv), and with a parser(), of which man pages and completion are made.
COMMANDS = {
    "top": "a live view of it all, drawn from every sample",
    "line": "one line for a status bar",
    "record": "samples into files, for a time or around a command",
    "report": "what a recording says, in numbers and curves",
    "replay": "the rows that a recording would have been",
    "export": "a recording as CSV, JSON lines, Parquet or ROOT",
    "acquire": "data taken in one process, processed in another",
    "sources": "what this host offers, and what a bug report needs",
    "bench": "what it costs here, and what others do",
}
ROWS = "rows"
HELP = ("--help", "-h")

# How much is said on stderr beside what failed, and the options that say so.
QUIET, NORMAL, VERBOSE = -1, 0, 1
TALK = (
    (("-q", "--quiet"), QUIET, "say nothing on stderr but what failed"),
    (("-v", "--verbose"), VERBOSE, "say on stderr what was decided"),
)
_talk = NORMAL

REQUIRED = ("numpy", "rich")    # of others, which some of the commands do without

# What an output may do about a character that its encoding lacks, by raising an error.
RAISING = ("strict", "surrogateescape")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if sys.stdout is None:
        complain("standard output is closed; give one, or /dev/null")
        return FAILED
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors in RAISING:
        sys.stdout.reconfigure(errors="backslashreplace")       # names that its encoding lacks
    try:
        # Before argparse is imported, which a status bar's line does without.
        named = bool(arguments) and arguments[0] in COMMANDS
        command = arguments[0] if named else ROWS
        text = help_text(command) if arguments[named:] in ([HELP[0]], [HELP[1]]) else ""
        if text:
            sys.stdout.write(text)
        status: int = 0 if text else module(command).run(arguments[named:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        if sys.stdout.isatty():
            print()         # the terminal has just echoed ^C
        status = INTERRUPTED
    except BrokenPipeError:
        give_up(sys.stdout)     # whoever reads us has seen enough
        status = BROKEN_PIPE
    except MemoryError:
        complain("out of memory; ask for fewer sources, a lower rate or less history, or raise the "
                 "limit")
        status = FAILED
    except ModuleNotFoundError as failure:
        if failure.name not in REQUIRED:
            raise
        complain(f"this needs {failure.name}, which isn't installed: pip install {failure.name}")
        status = FAILED
    except Exception as failure:
        if not isinstance(failure, (HzstatError, OSError)):
            raise
        complain(in_words(failure))
        give_up(sys.stdout)
        status = FAILED
    finally:
        if sys.stderr:
            give_up(sys.stderr)
    return status


def misuse(text: str) -> int:
    """Say what was asked for wrongly; the exit status of that."""
    complain(text)
    return MISUSED


def end_cleanly() -> None:
    """Whoever ends us from now on does so as Ctrl-C does, by way of every `with` block: workers are
    to be ended, and what is half written taken away."""
    import signal  # which a status bar's line does without

    def end(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + signum)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:      # who ignores it has a reason: nohup
            signal.signal(number, end)


def give_up(stream: TextIO) -> None:
    """Write what can still be written. Of the rest Python would complain at exit, when it flushes,
    and with a status of its own."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def in_words(failure: HzstatError | OSError) -> str:
    """What failed, why, and where it is known what to do."""
    text = str(failure)
    if isinstance(failure, OSError) and failure.strerror:
        text = f"{failure.filename}: {failure.strerror}" if failure.filename else failure.strerror
    numbers = [getattr(why, "errno", None) for why in (failure, failure.__cause__)]
    advice = next((WHAT_TO_DO[number] for number in numbers if number in WHAT_TO_DO), "")
    return f"{text}; {advice}" if advice else text


def module(command: str) -> ModuleType:
    """The part of the command line that runs a command: only what is used is imported."""
    return import_module(f".cli_{command}", __package__)


def help_text(command: str) -> str:
    """What --help says, as docs/share.py has kept it: the parser that says the same takes twice as
    long. "" where there is none."""
    try:
        with open(os.path.join(os.path.dirname(__file__), "help", f"{command}.txt")) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def speak(talk: int) -> None:
    """From now on say as much as QUIET, NORMAL or VERBOSE."""
    global _talk
    _talk = talk


def message_in_place(text: str) -> None:
    """Progress on stderr, in one line that is written over; nothing where it is no terminal."""
    if sys.stderr and sys.stderr.isatty() and _talk > QUIET:
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def complain_of(lines: list[str]) -> None:
    """A table on stderr."""
    if sys.stderr:
        print("\n".join(lines), file=sys.stderr, flush=True)


def note_of(lines: Iterable[str]) -> None:
    """A table on stderr that isn't about a failure; not under -q."""
    if _talk > QUIET:
        complain_of(list(lines))


def complain(text: str) -> None:
    """One line on stderr, in one style, with nothing in it that a terminal would obey."""
    complain_of([f"hzstat: {printable(text)}"])


def note(text: str) -> None:
    """What isn't as one would expect, though it goes on; not under -q."""
    if _talk > QUIET:
        complain(text)


def explain(text: str) -> None:
    """What was decided; under -v alone."""
    if _talk >= VERBOSE:
        complain(text)
