"""`hzstat bench`: what hzstat costs, and what others do, measured on this machine."""
from __future__ import annotations

import argparse
import json
import os
import shutil
import sys

from .cli import complain, misuse
from .cli_options import a_count, a_rate, number_between, some_seconds
from .cli_parser import Parser
from .cli_sampling import heed_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .bench.frame import Report

# numpy's OpenBLAS would start threads that nobody here uses, and these benches fork.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

EXAMPLES = (
    ("hzstat bench startup", "what it costs to start"),
    ("hzstat bench parse stat meminfo", "what reading two files costs"),
    ("hzstat bench sample --json before.json", "keep the figures …"),
    ("hzstat bench compare before.json after.json", "… and see what changed"),
)


def parser() -> Parser:
    parser = Parser(
        prog="hzstat bench", examples=EXAMPLES,
        description="Measures on this machine: medians of rounds that take turns, and in "
                    "parentheses the middle half of them.")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")

    def kind(name: str, words: str, description: str, rounds: int) -> Parser:
        one = kinds.add_parser(name, help=words, description=description)
        one.add_argument("--rounds", type=a_count, default=rounds, metavar="N",
                         help=f"(default {rounds})")
        one.add_argument("--json", nargs="?", const="-", metavar="FILE",
                         help="write a report for programs: to FILE, or to stdout instead of text")
        one.add_argument("--plot", metavar="FILE", help="draw bars into FILE (png, svg or pdf)")
        one.add_argument("--force", action="store_true", help="replace a FILE that is there")
        return one

    one = kind("countdown", "the same countdown by threads, processes and code without the GIL",
               "Counts down in several modes, each of which shares the number out over the jobs.",
               5)
    one.add_argument("-n", type=a_number, default=10**9, metavar="N",
                     help="count down from N; plain Python from a fiftieth of it (default 1e9)")
    one.add_argument("-j", "--jobs", type=a_count, default=4, metavar="N", help="(default 4)")
    one.add_argument("--modes", type=some_modes, metavar="M,M", help="which (default: all)")
    one.add_argument("--full", action="store_true", help="let plain Python count all of it, too")

    one = kind("ipc", "moving records between two processes: the ring, pipes, queues, managers",
               "Moves records from one process to another by several transports: at full speed, at "
               "a thousand a second, there and back, and of several sizes; then kills either side, "
               "and tells what becomes of the other.", 5)
    one.add_argument("--record", type=a_record, default=64, metavar="BYTES",
                     help="the size of a record: whole 8-byte words, 8 to 65536 (default 64)")
    one.add_argument("--transports", type=some_transports, metavar="T,T",
                     help="which (default: all)")
    seconds(one, 0.15)

    one = kind("parse", "the cost of reading each file, over a bare pread of it",
               "Reads each file in several ways. floor: a bare pread to its end on an open fd; "
               "read_into: a Reader's, into a plain array; read: an array that knows its time; "
               "psutil: its call that reads the same file; plain: open, readlines, split.",
               41)
    one.add_argument("source", nargs="*", help="which sources (default: all that are here)")
    one.add_argument("--calls", type=a_count, default=200, metavar="N",
                     help="reads a round (default 200)")
    one.add_argument("--peers", metavar="DIR", help="a folder of drivers of other parsers "
                                                    "(`make bench-peers` has some)")

    one = kind("sample", "the cost and the punctuality of sampling, beside a bare loop",
               "Samples stat, meminfo, net/dev and loadavg together, by a bare loop that does "
               "nothing but sleep and pread, by hzstat with one worker, by plain Python, by psutil "
               "and collectl where they are installed. Then the highest rates, a worker's memory, "
               "and how the cost grows (not with -r).", 3)
    one.add_argument("-r", "--rate", type=several_rates, metavar="HZ,HZ",
                     help="at which rates (default 10 to 10000)")
    seconds(one, 0.4)

    one = kind("record", "what recording costs on top of sampling",
               "Samples stat, meminfo, net/dev and loadavg with one worker: sampled, and nobody "
               "reads; drained, and nothing is kept; recorded, into the temporary directory.",
               5)
    one.add_argument("-r", "--rate", type=several_rates, metavar="HZ,HZ",
                     help="at which rates (default 100,1000)")
    seconds(one, 3.0)

    one = kind("knobs", "what --pin, --realtime and --spin do to lateness and cost",
               "Samples the same four files with one worker, with each knob turned alone; first on "
               "the machine as it is, then with two busy processes to a CPU.", 3)
    one.add_argument("-r", "--rate", type=a_rate, default=1000.0, metavar="HZ",
                     help="(default 1000)")
    seconds(one)

    one = kind("cpu", "how right each CPU source is, beside a process that knows when it was busy",
               "Keeps one CPU busy for a part of every period, all the time, and not at all, and "
               "compares what each CPU source tells of it, window by window, with what the spinner "
               "knows. as booked: the counter as it is; put back: as hzstat uses it, where that is "
               "known. Rounds that others disturb are repeated.", 3)
    one.add_argument("--duty", type=a_percentage, default=30.0, metavar="PERCENT",
                     help="busy time of each period (default 30)")
    one.add_argument("--period", type=milliseconds, default=7.0, metavar="MS", help="(default 7)")
    seconds(one, 0.8)

    kind("startup", "what it costs to start", "Starts it, again and again.", 7)

    one = kinds.add_parser("compare", help="what changed between two reports, beyond the noise",
                           description="Tells which figures of two reports (--json FILE) differ.")
    one.add_argument("one", metavar="A.json")
    one.add_argument("other", metavar="B.json")
    return parser


def seconds(parser: Parser, default: float = 1.0) -> None:
    parser.add_argument("--seconds", type=some_seconds, default=default, metavar="S",
                        help=f"how long each runs (default {default:g})")


def a_number(text: str) -> int:
    """A whole number, also as 1e9."""
    try:
        number = int(text) if text.isdigit() else int(float(text))
        if (not text.isdigit() and number != float(text)) or not 0 < number < 2**63:
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 to 2^63 - 1"
                                         ) from None
    return number


def a_record(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 65536 and int(text) % 8 == 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a multiple of 8 from 8 to 65536 bytes")
    return int(text)


def some_modes(text: str) -> list[str]:
    from .bench.modes import MODES
    return some_of(MODES, text)


def some_transports(text: str) -> list[str]:
    from .bench.transports import TRANSPORTS
    return some_of(TRANSPORTS, text)


def some_of(names: Iterable[str], text: str) -> list[str]:
    chosen = text.split(",")
    if not {*chosen} <= {*names} or len({*chosen}) < len(chosen):
        raise argparse.ArgumentTypeError(f"{text!r}: give some of {', '.join(names)}, each once")
    return chosen


def several_rates(text: str) -> list[float]:
    return [number_between(part, 1, 100_000, "samples a second") for part in text.split(",")]


def a_percentage(text: str) -> float:
    return number_between(text, 1, 99, "percent")


def milliseconds(text: str) -> float:
    return number_between(text, 0.1, 1000, "milliseconds")


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    if arguments.kind == "compare":
        return compare(arguments.one, arguments.other)
    from .bench.frame import WIDTH, Report, check_writable
    from .bench.kinds import CHECKS, TABLES
    from .bench.progress import Progress
    files = [path for path in (arguments.json, arguments.plot) if path not in (None, "-")]
    for path in files:
        check_writable(path, arguments.force)
    if arguments.force and not files:
        return misuse("--force is of no use without a FILE of --json or --plot")
    if arguments.plot and arguments.plot == arguments.json:
        return misuse("--json and --plot name the same file: give each its own")
    if arguments.plot:
        from .bench import plot
        plot.check(arguments.plot)
    try:
        if arguments.kind in CHECKS:
            CHECKS[arguments.kind](arguments)
    except ValueError as failure:
        return misuse(str(failure))
    report = Report(arguments.kind, {name: value for name, value in vars(arguments).items()
                                     if name not in ("kind", "json", "plot", "force", "drivers")})
    for warning in report.machine.warnings():
        complain(warning)
    text = arguments.json != "-"
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    if text:
        print(report.machine.line())
    heed_signals()                          # what is measured here has processes to be ended
    with Progress(arguments.kind) as progress:
        for table in TABLES[arguments.kind](arguments, progress):
            report.tables.append(table)
            if text:
                progress.pause()
                print("", *table.lines(width), sep="\n", flush=True)
    for warning in report.machine.afterwards():
        complain(warning)
    write(report, arguments.json, arguments.plot, arguments.force)
    return 0


def write(report: Report, json_path: str | None, plot_path: str | None, force: bool) -> None:
    if json_path == "-":
        json.dump(report.as_dict(), sys.stdout, indent=1)
        print()
    elif json_path:
        from .recordings.output import whole_file
        with whole_file(json_path, force) as file:
            file.write(json.dumps(report.as_dict(), indent=1).encode())
    if plot_path:
        from .bench import plot
        plot.bars(report.tables, plot_path, report.machine.line(), force)


def compare(one: str, other: str) -> int:
    from .bench.compare import differences
    from .bench.frame import load
    for line in differences(load(one), load(other)):
        print(line)
    return 0
