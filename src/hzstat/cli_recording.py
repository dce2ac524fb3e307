"""What every command that reads a recording takes, and how it opens it."""
from __future__ import annotations

import re

from .cli import note
from .errors import RecordingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from .cli_parser import Parser
    from .recordings.recording import Recording

PART = ("--from", "--to")
MOMENTS = "10s (after the start), -5s (before the end), 14:05:09"


def add_recording(parser: Parser) -> None:
    """DIR, and which part of it."""
    add = parser.add_argument
    add("recording", metavar="DIR", help="the recording's directory")
    add("--source", metavar="SOURCE", action="append",
        help="this source alone; can be given again (default: all)")
    add("--from", metavar="T", dest="start", help=f"from this moment on: {MOMENTS}")
    add("--to", metavar="T", dest="end", help="up to this moment, told in the same ways")


def joined(argv: Sequence[str]) -> list[str]:
    """The arguments, with `--from -5s` as argparse takes it: else -5s would be an option."""
    found: list[str] = []
    for word in argv:
        if found and found[-1] in PART and re.fullmatch(r"-[\d.]+\w*", word):
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


def opened(parser: Parser, arguments: argparse.Namespace) -> Recording:
    """The part of the recording that was asked for; what is wrong with it is said on stderr."""
    from .recordings.recording import load
    recording = load(arguments.recording)
    for problem in recording.problems:
        note(problem)
    if recording.cut_short:
        note(f"{recording.path} was cut short, or is still going on: what is there is shown")
    if not any(len(recording[name]) for name in recording):
        raise RecordingError(f"{recording.path} has no records")
    try:
        if arguments.source:
            recording = recording.only(*dict.fromkeys(arguments.source))
        part = recording.between(arguments.start, arguments.end)
    except KeyError as unknown:
        parser.error(unknown.args[0])
    if not any(len(part[name]) for name in part):
        raise RecordingError(f"{recording.path} has no records in that time: it goes from "
                             f"{recording.when(recording.start_ns)} to "
                             f"{recording.when(recording.end_ns)}")
    return part
