"""Options that commands share: how their values are read, and what those who sample take."""
from __future__ import annotations

import argparse
import math

from .cli import COMMANDS
from .plan import (
    HIGHEST_RATE_HZ,
    LONGEST_SECONDS,
    LONGEST_SPIN_US,
    LOWEST_RATE_HZ,
    SHORTEST_SECONDS,
    pinnable,
)
from .units import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

SHORTEST_DELAY = 1 / HIGHEST_RATE_HZ
LONGEST_DELAY = 1 / LOWEST_RATE_HZ


def number_between(text: str, least: float, most: float, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number of {unit} from {least:g} to "
                                         f"{most:g}")
    return number


def a_delay(text: str) -> float:
    return number_between(text, SHORTEST_DELAY, LONGEST_DELAY, "seconds")


def a_delay_or_command(text: str) -> float:
    try:
        return a_delay(text)
    except argparse.ArgumentTypeError as failure:
        raise argparse.ArgumentTypeError(f"{failure}, or a command: {', '.join(COMMANDS)}"
                                         ) from None


def a_rate(text: str) -> float:
    return number_between(text, LOWEST_RATE_HZ, HIGHEST_RATE_HZ, "samples a second")


def microseconds(text: str) -> float:
    return number_between(text, 0, LONGEST_SPIN_US, "microseconds")


def some_seconds(text: str) -> float:
    return number_between(text, SHORTEST_SECONDS, LONGEST_SECONDS, "seconds")


def a_time_from(shortest: str) -> Callable[[str], float]:
    """What reads a time that is no shorter than this one, `10s` or `500ms`, in seconds."""
    def a_time(text: str) -> float:
        try:
            found = seconds(text)
        except ValueError as failure:
            raise argparse.ArgumentTypeError(str(failure)) from None
        if not found >= seconds(shortest):
            raise argparse.ArgumentTypeError(f"{text!r}: give {shortest} or more, such as "
                                             "10s, 500ms, 5m or 1h")
        return found
    return a_time


def a_count(text: str) -> int:
    whole = text.removesuffix(".0")     # dstat takes a count of 10.0, too
    if not (whole.isascii() and whole.isdigit() and int(whole) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 on")
    return int(whole)


def a_cpu(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r}: give the number of a CPU")
    try:
        return pinnable(int(text))
    except ValueError as failure:
        raise argparse.ArgumentTypeError(str(failure)) from None


def rates_of(sources: Collection[str] | None) -> Callable[[str], dict[str, float]]:
    """What reads `1000`, or `stat=2000,net/dev=500`: samples a second by source, "" for all
    others. It knows no sources but these, or leaves it to others whether there is one (None)."""
    def some_rates(text: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for part in text.split(","):
            source, equals, rate = part.rpartition("=")
            if equals and sources is not None and source not in sources:
                raise argparse.ArgumentTypeError(f"{part!r}: no source {source!r} here; there are "
                                                 f"{', '.join(sources)}")
            if source in found:
                raise argparse.ArgumentTypeError(f"{text!r}: {source or 'a rate for all'} comes "
                                                 "twice")
            found[source] = a_rate(rate)
        return found
    return some_rates


def sampler_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What these options are to a Sampler, but for those that say what is sampled."""
    return {"jobs": arguments.jobs, "pin": arguments.pin, "realtime": arguments.realtime,
            "spin_us": arguments.spin}


def add_sampling(group: argparse._ArgumentGroup,
                 kept: str = "for the row (default: the delay, but 5 s at most, and 5 s)") -> None:
    """What every command that samples takes: who does it, and how punctually. `kept`: what the
    samples are kept for."""
    add = group.add_argument
    add("-j", "--jobs", metavar="N", type=a_count,
        help="worker processes (default: one a source, up to the number of CPUs)")
    add("--ring-seconds", metavar="S", type=some_seconds,
        help=f"how long a sample is kept {kept}")
    add("--pin", metavar="CPU", type=a_cpu, help="run the workers on this CPU")
    add("--realtime", action="store_true", help="run them ahead of all others (SCHED_FIFO)")
    add("--spin", metavar="US", type=microseconds, default=0.0,
        help="spend the last microseconds before each sample awake")
    add("--root", metavar="DIR", help="another tree in place of /proc")
