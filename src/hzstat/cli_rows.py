"""`hzstat [delay [count]]`: rows of CPU, memory, network, load, and whatever else is asked for."""
from __future__ import annotations

import argparse
import math

from . import __version__
from .cli import COMMANDS, complain_of, explain, misuse, note
from .cli_columns import add_columns, chosen, panels, parsed, unused
from .cli_options import a_count, a_delay_or_command, add_sampling, rates_of, sampler_options
from .cli_output import Output, unused_output
from .cli_parser import Parser
from .cli_show import add_show, show
from .cpu_source import NAMES, STAT, choose, coarse_note
from .descriptors import find
from .errors import SourceUnavailable
from .groups import GROUPS, SOURCES
from .groups.group import by_name
from .procfs import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .cpu_source import CpuSource
    from .groups.group import Choice, Group
    from .groups.panel import Panel

DEFAULT_RATE_HZ = 100.0
MOST_SAMPLES = 2_000_000        # in a row; percentiles need a number of each, until it is printed
EXAMPLES = (
    ("hzstat", "a row a second, from 100 samples"),
    ("hzstat -cnd 0.5 20", "CPU, network, disk, twice a second, 20 rows"),
    ("hzstat -c -C 0,1,total", "two CPUs, and all of them"),
    ("hzstat -r 1000 --cpu-source auto", "bursts of 5 ms, where the kernel tells them"),
)
FEW_SAMPLES = 4                 # in a row: one that comes late leaves others to tell of it
CLOCK = "loadavg"               # what is sampled where only the time is asked for: the cheapest


def parser() -> Parser:
    parser = Parser(
        prog="hzstat", talks=True, commands=COMMANDS, examples=EXAMPLES,
        description="Samples Linux's /proc at a high rate; prints a row per delay, with the "
                    "worst moment inside it.")
    add = parser.add_argument
    add("delay", nargs="?", type=a_delay_or_command, default=1.0, help="seconds a row (default 1)")
    add("count", nargs="?", type=a_count, help="how many rows (default: until Ctrl-C)")
    more = add_columns(parser)
    add_show(parser, more)
    more.add_argument("--version", action="version", version=f"hzstat {__version__}",
                      help="show the version, and exit")
    sampled = parser.add_argument_group("how it is sampled")
    add = sampled.add_argument
    add("-r", "--rate", metavar="HZ", type=rates_of(SOURCES), default={},
        help=f"samples a second inside each row (default {DEFAULT_RATE_HZ:g}), or one per source: "
             "stat=2000,net/dev=500")
    add("--cpu-source", choices=NAMES, default=STAT,
        help="what max is read from: stat's ticks (default), or a finer counter, by which it is "
             "the busiest five samples (-r 1000: 5 ms); auto takes the best that is here")
    add("--stats", action="store_true", help="at the end, tell on stderr how well it was sampled")
    add_sampling(sampled)
    return parser


def run(argv: list[str]) -> int:
    arguments = parsed(parser(), argv)
    if arguments.list:
        from .formats.listing import listing
        print("\n".join(listing(GROUPS.values())))
        return 0
    groups = chosen(arguments)
    rates = rates_for(arguments, groups)
    wrong = next(misuses(arguments, groups, rates), None)
    if wrong:
        return misuse(wrong)
    try:
        shown = panels(arguments, groups, lambda choice: known(choice, arguments.root),
                       arguments.root)
    except ValueError as failure:
        return misuse(str(failure))

    rate = arguments.rate.get("", math.inf)
    if rate * arguments.delay < 2 and any(cell.statistic for panel in shown
                                          for cell in panel.cells):
        note(f"-r {rate:g} takes one sample in a row of {arguments.delay:g} s: max is the average "
             "(dstat's -r, requests, is no group here)")
    fine = None
    if any(group.name == "cpu" for group in groups):
        fine, why = choose(arguments.cpu_source, arguments.root)
        for text in (why, coarse_note(fine, arguments.delay, rates["stat"])):
            if text:
                note(text)
        explain(f"max of the CPUs is read from {fine.source if fine else 'stat'}")
    if fine:
        rates[fine.source] = rates["stat"]
    with Output(arguments, shown) as output:
        sample(arguments, rates, shown, fine, output)
    return 0


def rates_for(arguments: argparse.Namespace, groups: Sequence[Group]) -> dict[str, float]:
    """How often each source of these groups is sampled: as `-r` says, but those that don't bear to
    be read often no more than they do, and where no burst of them is shown, a few times a row."""
    otherwise = arguments.rate.get("", max(DEFAULT_RATE_HZ, 1 / arguments.delay))
    found: dict[str, float] = {}
    for group in groups:
        bursts = group.bursts if arguments.burst is None else arguments.burst
        for source in group.sources:
            most = find(source).most_hz
            if most < math.inf and not bursts:
                most = min(most, FEW_SAMPLES / arguments.delay)
            found[source] = arguments.rate.get(source, min(otherwise, most))
    return found or {CLOCK: otherwise}


def misuses(arguments: argparse.Namespace, groups: Sequence[Group],
            rates: dict[str, float]) -> Iterator[str]:
    """What can't be, or would be ignored."""
    for source in arguments.rate:
        if source and source not in rates:
            yield f"-r {source}=… is of no use, as {source} isn't shown"
    yield from unused(arguments, groups)
    yield from unused_output(arguments)
    if arguments.cpu_source != STAT and not any(group.name == "cpu" for group in groups):
        yield "--cpu-source is of no use without -c"
    delay = arguments.delay
    least = {source: max(delay, 1 / find(source).most_hz) for group in groups
             if group.over_time for source in group.sources}
    for source, rate in rates.items():
        if rate * least.get(source, math.inf) < 1 - 1e-9:
            yield (f"-r {rate:g} takes less than one sample of {source} in a row of "
                   f"{delay:g} s: give -r {math.ceil(1 / delay)} or more, or a longer delay")
        if rate * delay > MOST_SAMPLES:
            yield (f"a row of {delay:g} s at {rate:g} samples a second would hold "
                   f"{rate * delay:,.0f}: give -r {MOST_SAMPLES / delay:g} or less")


def known(choice: Choice, root: str | None) -> dict[str, Any]:
    """The CPUs, disks or interfaces that there are, by their names; none where the source can't be
    read."""
    try:
        rows = values(choice.source, root)
    except (SourceUnavailable, ValueError):
        return {}
    return by_name(row[choice.field] for row in rows)


def sample(arguments: argparse.Namespace, rates: dict[str, float], shown: Sequence[Panel],
           fine: CpuSource | None, output: Output) -> None:
    """Sample, and print rows, until their count is reached."""
    from .cli_sampling import sampling
    with sampling(rates, arguments.delay, arguments.root, arguments.ring_seconds,
                  **sampler_options(arguments)) as sampler:
        try:
            from .watch import PART_BYTES, Watch
            watch = Watch(sampler, arguments.delay, fine,
                          "more --ring-seconds, or a lower rate (-r)")
            show(watch.rows(arguments.count, PART_BYTES), shown, arguments, output)
        finally:
            if arguments.stats:
                from .formats import stats
                sampler.stop()          # so that the figures stand still
                complain_of(stats.table(sampler.health(), sampler.workers(), sampler.rings(),
                                        sampler.seconds))
