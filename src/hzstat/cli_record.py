"""`hzstat record`: samples into files, for a time, or around a command."""
from __future__ import annotations

import argparse
import os
from contextlib import closing, suppress

from .cli import FAILED, INTERRUPTED, complain, in_words, misuse, note, note_of
from .cli_options import a_time_from, add_sampling, rates_of, sampler_options
from .cli_parser import Parser
from .errors import HzstatError, RecordingError

# Now, since later there may be no file descriptor for it.
from .formats.recorded import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .recordings.command import Command
    from .recordings.folder import Folder
    from .recordings.recorder import Recorder
    from .recordings.until import Signals
    from .sampler import Sampler

SOURCES = ("stat", "meminfo", "net/dev", "loadavg")
DEFAULT_RATE_HZ = 100.0
FLUSH_SECONDS = 1.0
SEPARATOR = "--"
EXAMPLES = (
    ("hzstat record -- make -j8", "around a build"),
    ("hzstat record -r 1000 --for 10s -o run", "ten seconds at 1 kHz, into run/"),
    ("hzstat record -r stat=1000,diskstats=50", "these two, until Ctrl-C"),
)
# Ctrl-C is how one ends it.
STATUSES = {0: "It recorded until the time was up, or until Ctrl-C.", INTERRUPTED: "",
            "others": "With a COMMAND, its exit status; 128 and the number of the signal that "
                      "ended it; 127 where it isn't found, 126 where it can't be run."}


def parser() -> Parser:
    parser = Parser(
        prog="hzstat record", talks=True, examples=EXAMPLES, statuses=STATUSES,
        description="Records samples into a directory: a .npy file per source, and meta.json. "
                    "Until the time is up, the command ends, or Ctrl-C. The command has our input "
                    "and output; its exit status is ours, and signals are handed on to it.")
    add = parser.add_argument
    add("command", nargs="*", metavar="-- COMMAND", help="what to record around")
    add("-o", "--output", metavar="DIR",
        help="a new or empty directory (default hzstat-YYYYmmdd-HHMMSS)")
    add("-r", "--rate", metavar="RATES", type=rates_of(None), default={"": DEFAULT_RATE_HZ},
        help=f"samples a second of {', '.join(SOURCES)} (default {DEFAULT_RATE_HZ:g}); or of "
             "other sources, each with its own: stat=1000,diskstats=50")
    add("--for", metavar="TIME", type=a_time_from("1ms"), dest="seconds",
        help="how long: 10s, 500ms, 5m, 1h (default: until the command ends, or Ctrl-C)")
    add("--flush", metavar="TIME", type=a_time_from("1ms"), default=FLUSH_SECONDS,
        help=f"have all in the files that often (default {FLUSH_SECONDS:g}s)")
    add("--force", action="store_true", help="replace a recording that is in DIR")
    add("--until-eof", action="store_true",
        help="for programs: tell DIR on stdout once the first samples are there, and stop at the "
             "end of stdin, or when something comes from it")
    add_sampling(parser.add_argument_group("how it is sampled"),
                 "in memory while the disk is slow (default 10)")
    return parser


def run(argv: list[str]) -> int:
    split = argv.index(SEPARATOR) if SEPARATOR in argv else len(argv)
    arguments = parser().parse_args(argv[:split])
    command = argv[split + 1:]
    if arguments.command:
        return misuse(f"{arguments.command[0]!r}: put -- before the command")
    if split < len(argv) and not (command and command[0]):
        return misuse("there is no command behind --")
    if command and arguments.until_eof:
        return misuse("--until-eof and a command both want stdin: leave one out")

    from .cli_sampling import sampling
    from .recordings.command import NotStarted
    from .recordings.until import Signals
    from .sampler import RING_SECONDS
    rates = dict(arguments.rate)
    if "" in rates:
        rates = dict.fromkeys(SOURCES, rates.pop("")) | rates
    environment = dict(os.environ)          # the command's, before we change ours
    try:
        with Signals(bool(command)) as signals, \
                closing(folder_for(arguments.output, arguments.force)) as folder, \
                sampling(rates, 0, arguments.root, arguments.ring_seconds or RING_SECONDS,
                         **sampler_options(arguments)) as sampler:
            return recorded(sampler, folder, signals, arguments, command, environment)
    except NotStarted as failure:
        complain(str(failure))
        return failure.exit_status
    except ValueError as failure:           # a source that isn't there
        return misuse(str(failure))


def folder_for(path: str | None, force: bool) -> Folder:
    """The one that was asked for, or a new one of the present second."""
    from .recordings import meta
    from .recordings.folder import new_name
    while path is None:
        name = new_name()
        try:
            return meta.folder_for(name, False)
        except RecordingError:
            if not os.path.lexists(name):       # else somebody was faster
                raise
    return meta.folder_for(path, force)


def recorded(sampler: Sampler, folder: Folder, signals: Signals, arguments: argparse.Namespace,
             words: list[str], environment: Mapping[str, str]) -> int:
    """Record a running sampler, around the command of `words` if there is one; the exit status."""
    from .recordings.command import SIGNALLED, Command
    from .recordings.recorder import Recorder, await_first
    from .recordings.until import see_off
    await_first(sampler)
    sampler.report = heard_or_not(note)
    early = signals.already() if words else 0
    if early:           # a Ctrl-C which the command couldn't hear
        return SIGNALLED + early
    command = Command(words, environment, signals.before, sampler.report) if words else None
    try:
        recorder = Recorder(sampler, folder, words or None, arguments.root)
        status = written(recorder, signals, arguments, command)
    except (HzstatError, OSError) as failure:
        if not command:
            raise
        sampler.stop()
        heard_or_not(complain)(in_words(failure))
    return see_off(command, signals) if command else status


def written(recorder: Recorder, signals: Signals, arguments: argparse.Namespace,
            command: Command | None) -> int:
    """Write until there is a reason to stop, and tell what came of it; the exit status of that."""
    from .recordings import until
    from .recordings.command import SIGNALLED
    from .recordings.recorder import FAILURES, TERMINATED
    path, life_line = recorder.folder.path, None
    if arguments.until_eof:
        life_line = until.Input()
        os.write(1, os.fsencode(path) + b"\n")       # whatever the encoding of stdout is
    ending = until.record(recorder, signals, arguments.flush, arguments.seconds, command, life_line)
    if life_line:
        life_line.close()
    ended = recorder.end(ending.reason, ending.message, command.exit_status if command else None)
    if ended["reason"] in FAILURES:
        heard_or_not(complain)(f"{path}: {ended['message']}")
    if not arguments.until_eof:
        heard_or_not(note_of)(lines(path, recorder.meta, recorder.file_bytes()))
    if ended["reason"] in FAILURES:
        return FAILED
    return SIGNALLED + ending.signum if ended["reason"] == TERMINATED else 0


def heard_or_not(say: Callable[[Any], None]) -> Callable[[Any], None]:
    """What can't be said (stderr is a pipe whose reader has gone, or a file on a full disk) is no
    reason to stop."""
    def said(words: Any) -> None:
        with suppress(OSError):
            say(words)
    return said
