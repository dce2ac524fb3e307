"""`hzstat acquire`: data taken in one process and processed in another, without dead time."""
from __future__ import annotations

import argparse
import os
import sys
import time

from .cli import FAILED, INTERRUPTED, complain, misuse
from .cli_options import a_count, a_time_from, number_between, some_seconds
from .cli_parser import Parser
from .cli_sampling import heed_signals
from .units import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .acquisition import Result
    from .acquisition.manager import Producer

PRODUCER = "normal:10,0.6"
EVERY = 10
EXAMPLES = (
    ("hzstat acquire --events 1000", "random numbers"),
    ("hzstat acquire --delay-ms 10-150 --slow-processing 200ms", "no dead time"),
    ("hzstat acquire --producer detector:read --timeout 60", "your detector.py"),
)


def parser() -> Parser:
    parser = Parser(
        prog="hzstat acquire", examples=EXAMPLES,
        description="Takes data in one process and processes it in another, so that slow "
                    "processing causes no dead time. Prints each tenth value with its time, then "
                    "the number of events, mean, standard deviation, histogram, dead time, and why "
                    "it ended (without a limit: Ctrl-C).")
    add = parser.add_argument
    add("--producer", metavar="P", default=PRODUCER,
        help="normal:MEAN,STD uniform:A,B exponential:MEAN poisson:MEAN counter, or "
             f"MODULE:FUNCTION, your own (default {PRODUCER})")
    add("--delay-ms", metavar="A-B", type=a_delay_range,
        help="each event after a random time from A to B ms, or after A ms")
    add("--events", metavar="N", type=a_count, help="take exactly N events")
    add("--timeout", metavar="S", type=some_seconds, help="take no more after S seconds")
    add("--every", metavar="N", type=a_count, default=EVERY,
        help=f"print each Nth value (default {EVERY})")
    add("--seed", metavar="N", type=a_seed, help="of the random numbers, to have the same again")
    add("--slow-processing", metavar="TIME", type=a_time_from("0s"), default=0.0,
        help="let each call of the processing take so long: 200ms, 0.2s")
    add("--single-loop", action="store_true",
        help="take and process in one loop, to compare")
    more = parser.add_argument_group("more").add_argument
    more("--on-full", choices=("drop", "wait"),
         help="what becomes of an event that finds no room (default drop)")
    more("--drain", metavar="S", type=some_seconds,
         help="how long processing may take after the end (default 10)")
    more("--plot", metavar="FILE", help="draw the histogram into FILE (png, svg or pdf)")
    more("--root", metavar="FILE", help="write the histogram as a ROOT file")
    more("--force", action="store_true", help="replace a FILE that is there")
    return parser


def a_delay_range(text: str) -> tuple[float, float]:
    """`10-150` or `50`, in ms; in seconds."""
    first, dash, last = text.partition("-")
    shortest = number_between(first, 0, 1e6, "milliseconds")
    longest = number_between(last, 0, 1e6, "milliseconds") if dash else shortest
    if shortest > longest:
        raise argparse.ArgumentTypeError(f"{text!r}: give the shorter time first")
    return shortest / 1000, longest / 1000


def a_seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 0 on")
    return int(text)


class Printer:
    """Processes events: prints each `every`th value with its time, and takes its time."""

    def __init__(self, every: int, seconds: float) -> None:
        self.every = every
        self.seconds = seconds
        self.processed = 0

    def __call__(self, batch: Any) -> None:
        from datetime import datetime
        for event in batch[-(self.processed + 1) % self.every::self.every].tolist():
            when = datetime.fromtimestamp(event[0] / 1e9)
            print(f"{when:%x %X}: {', '.join(map(shown, event[1:]))}")
        sys.stdout.flush()
        self.processed += len(batch)
        time.sleep(self.seconds)


def shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else printable(str(value))


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    # numpy's OpenBLAS would start threads that nobody here uses, and a fork with threads is unsafe.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    heed_signals()
    if arguments.single_loop and (arguments.on_full or arguments.drain):
        return misuse("--single-loop keeps no events: --on-full and --drain are of no use with it")
    files = {option: path for option, path in (("--plot", arguments.plot),
                                               ("--root", arguments.root)) if path}
    if files:
        from .acquisition import pictures
        for option, path in files.items():
            pictures.check(option, path, arguments.force)
    try:
        producer = chosen(arguments)
    except ValueError as failure:
        return misuse(f"--producer {failure}")
    result = taken(producer, arguments)
    show(result, files, arguments.force, f"hzstat acquire {' '.join(argv)}")
    if result.failure:
        complain(result.failure)
    return {"failed": FAILED, "interrupted": INTERRUPTED}.get(result.reason, FAILED
                                                              if result.failure else 0)


def chosen(arguments: argparse.Namespace) -> Producer:
    from .acquisition.producers import Delayed, named
    producer = named(arguments.producer, arguments.seed)
    if arguments.delay_ms:
        return Delayed(producer, arguments.delay_ms, arguments.seed)
    return producer


def taken(producer: Producer, arguments: argparse.Namespace) -> Result:
    printer = Printer(arguments.every, arguments.slow_processing)
    limits = {"events": arguments.events, "timeout": arguments.timeout}
    if arguments.single_loop:
        from .acquisition import one_loop
        return one_loop(producer, printer, **limits)
    from multiprocessing import get_context

    from .acquisition import acquire
    # Forked: both processes have what is imported here, and begin at once.
    given = {"on_full": arguments.on_full, "drain_seconds": arguments.drain}
    return acquire(producer, printer, **limits, context=get_context("fork"),
                   **{name: value for name, value in given.items() if value})


def show(result: Result, files: dict[str, str], force: bool, caption: str) -> None:
    from .formats.acquired import columns, lines
    print(*lines(result), sep="\n", flush=True)
    if "--plot" in files:
        from .acquisition.pictures import draw
        draw(columns(result), files["--plot"], force, caption)
    if "--root" in files:
        from .acquisition.pictures import write_root
        write_root(columns(result), files["--root"], force)
