"""`hzstat record`: samples into files, for a time, or around a command."""
from __future__ import annotations

import argparse
import math
import os
import time

from .cli import FAILED, complain, note_of
from .cli_parser import Parser
from .cli_rows import (
    a_count,
    a_cpu,
    a_rate,
    microseconds,
    misuse,
    some_seconds,
)
from .errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .recordings.folder import Folder
    from .recordings.recorder import Recorder
    from .recordings.until import Signals
    from .sampler import Sampler

SOURCES = ("stat", "meminfo", "net/dev", "loadavg")
DEFAULT_RATE_HZ = 100.0
FLUSH_SECONDS = 1.0
SHORTEST_TIME = 0.001
UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
SEPARATOR = "--"
SIGNALLED = 128
BAD = ("full", "failed")            # reasons to end
EXAMPLES = (
    ("hzstat record -- make -j8", "around a build"),
    ("hzstat record -r 1000 --for 10s -o run", "ten seconds at 1 kHz, into run/"),
    ("hzstat record -r stat=1000,diskstats=50", "these two, until Ctrl-C"),
)


def some_rates(text: str) -> dict[str, float]:
    """`1000` for the usual sources, or `stat=1000,diskstats=50` for these alone, or both."""
    rates: dict[str, float] = {}
    for part in text.split(","):
        source, _, rate = part.rpartition("=")
        if source in rates:
            raise argparse.ArgumentTypeError(f"{text!r}: {source or 'a rate for all'} comes twice")
        rates[source] = a_rate(rate)
    usual = rates.pop("", None)
    return rates if usual is None else dict.fromkeys(SOURCES, usual) | rates


def a_time(text: str) -> float:
    """`10`, `10s`, `500ms`, `5m` or `1h`, in seconds."""
    number = text.rstrip("hms")
    try:
        seconds = float(number) * UNITS_S[text[len(number):]]
    except (ValueError, KeyError):
        seconds = math.nan
    if not SHORTEST_TIME <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: give a time, such as 10s, 500ms, 5m or 1h")
    return seconds


def parser() -> Parser:
    parser = Parser(
        prog="hzstat record", talks=True, examples=EXAMPLES,
        description="Records samples into a directory: a .npy file per source, and meta.json. "
                    "Until the time is up, the command ends, or Ctrl-C. The command has our input "
                    "and output; its exit status is ours, and signals are handed on to it.")
    add = parser.add_argument
    add("command", nargs="*", metavar="-- COMMAND", help="what to record around")
    add("-o", "--output", metavar="DIR",
        help="a new or empty directory (default hzstat-YYYYmmdd-HHMMSS)")
    add("-r", "--rate", metavar="RATES", type=some_rates,
        default=dict.fromkeys(SOURCES, DEFAULT_RATE_HZ),
        help=f"samples a second of {', '.join(SOURCES)} (default {DEFAULT_RATE_HZ:g}); or of "
             "other sources, each with its own: stat=1000,diskstats=50")
    add("--for", metavar="TIME", type=a_time, dest="seconds",
        help="how long: 10s, 500ms, 5m, 1h (default: until the command ends, or Ctrl-C)")
    add("--flush", metavar="TIME", type=a_time, default=FLUSH_SECONDS,
        help=f"have all in the files that often (default {FLUSH_SECONDS:g}s)")
    add("--force", action="store_true", help="replace a recording that is in DIR")
    add("--until-eof", action="store_true",
        help="for programs: tell DIR on stdout once the first samples are there, and stop at the "
             "end of stdin, or when something comes from it")
    add("--root", metavar="DIR", help="another tree in place of /proc")
    add = parser.add_argument_group("how it is sampled").add_argument
    add("-j", "--jobs", metavar="N", type=a_count,
        help="worker processes (default: one a source, up to the number of CPUs)")
    add("--ring-seconds", metavar="S", type=some_seconds,
        help="how long samples are kept in memory while the disk is slow (default 10)")
    add("--pin", metavar="CPU", type=a_cpu, help="run the workers on this CPU")
    add("--realtime", action="store_true", help="run them ahead of all others (SCHED_FIFO)")
    add("--spin", metavar="US", type=microseconds, default=0.0,
        help="spend the last microseconds before each sample awake")
    return parser


def run(argv: list[str]) -> int:
    split = argv.index(SEPARATOR) if SEPARATOR in argv else len(argv)
    arguments = parser().parse_args(argv[:split])
    command = argv[split + 1:]
    if arguments.command:
        return misuse(f"{arguments.command[0]!r}: put -- before the command")
    if split < len(argv) and not command:
        return misuse("there is no command behind --")
    if command and arguments.until_eof:
        return misuse("--until-eof and a command both want stdin: leave one out")

    from .cli_sampling import sampling
    from .recordings.command import NotStarted
    from .recordings.meta import folder_for
    from .recordings.until import Signals
    from .sampler import RING_SECONDS
    environment = dict(os.environ)          # the command's, before we change ours
    folder = folder_for(arguments.output or a_new_name(), arguments.force)
    try:
        with Signals(bool(command)) as signals, sampling(
                arguments.rate, 0, arguments.root, arguments.ring_seconds or RING_SECONDS,
                jobs=arguments.jobs, pin=arguments.pin, realtime=arguments.realtime,
                spin_us=arguments.spin) as sampler:
            return recorded(sampler, folder, signals, arguments, command, environment)
    except NotStarted as failure:
        complain(str(failure))
        return failure.exit_status
    except ValueError as failure:           # a source or a CPU that isn't there
        return misuse(str(failure))
    finally:
        folder.close()


def a_new_name() -> str:
    """hzstat-YYYYmmdd-HHMMSS, and a number where somebody had that name in this second."""
    name = time.strftime("hzstat-%Y%m%d-%H%M%S")
    number = 1
    while os.path.lexists(f"{name}-{number}" if number > 1 else name):
        number += 1
    return f"{name}-{number}" if number > 1 else name


def recorded(sampler: Sampler, folder: Folder, signals: Signals, arguments: argparse.Namespace,
             line: list[str], environment: Mapping[str, str]) -> int:
    """Record a running sampler, around the command `line` if there is one; the exit status."""
    from .recordings import until
    from .recordings.command import Command
    from .recordings.recorder import Recorder, await_first
    await_first(sampler)
    command = Command(line, environment, signals.before) if line else None
    try:
        recorder = Recorder(sampler, folder, line or None, arguments.root)
        life_line = None
        if arguments.until_eof:
            life_line = until.Input()
            print(folder.path, flush=True)
        ending = until.record(recorder, signals, arguments.flush, arguments.seconds, command,
                              life_line)
        recorder.end(ending.reason, ending.message, command.exit_status if command else None)
        tell(recorder, silent=arguments.until_eof)
    except HzstatError as failure:
        if not command:
            raise
        complain(str(failure))
    if command:
        return until.see_off(command, signals)
    ended = recorder.meta["ended"]["reason"]
    if ended in BAD:
        return FAILED
    return SIGNALLED + ending.signum if ended == "terminated" else 0


def tell(recorder: Recorder, silent: bool) -> None:
    """What came of it, on stderr."""
    from .formats import recorded
    ended = recorder.meta["ended"]
    if ended["reason"] in BAD:
        complain(f"{recorder.folder.path}: {ended['message']}")
    if not silent:
        note_of(recorded.lines(recorder.folder.path, recorder.meta, recorder.file_bytes()))
