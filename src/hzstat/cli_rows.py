"""`hzstat [delay [count]]`: rows of CPU, memory, network and load."""
from __future__ import annotations

import argparse
import math
import os
import sys
from operator import methodcaller

from . import __version__
from .cli import COMMANDS, MISUSED, complain, complain_of, explain, note
from .cli_parser import Parser
from .cpu_source import NAMES, STAT, choose, coarse_note
from .errors import SourceUnavailable
from .plan import HIGHEST_RATE_HZ, LONGEST_SPIN_US, LOWEST_RATE_HZ
from .procfs import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .cpu_source import CpuSource
    from .formats.rows import Group
    from .sampler import Sampler
    from .watch import Values, Watch

GROUPS = {"cpu": "stat", "memory": "meminfo", "net": "net/dev", "load": "loadavg"}
OVER_TIME = ("stat", "net/dev")         # a row of these is about the time between two samples
DEFAULT_RATE_HZ = 100.0
SHORTEST_DELAY = 1 / HIGHEST_RATE_HZ
LONGEST_DELAY = 1 / LOWEST_RATE_HZ
MOST_SAMPLES = 200_000          # in a row; they are kept until it is printed
TOTAL = "total"
EXAMPLES = (
    ("hzstat", "a row a second, from 100 samples"),
    ("hzstat -c -n 0.5 20", "CPU and network, twice a second, 20 rows"),
    ("hzstat -c -C 0,1,total", "two CPUs, and all of them"),
    ("hzstat -r 1000 --cpu-source auto", "bursts of 5 ms, where the kernel tells them"),
)


def a_delay(text: str) -> float:
    try:
        return number_between(text, SHORTEST_DELAY, LONGEST_DELAY, "seconds")
    except argparse.ArgumentTypeError as failure:
        raise argparse.ArgumentTypeError(f"{failure}, or a command: {', '.join(COMMANDS)}"
                                         ) from None


def a_rate(text: str) -> float:
    return number_between(text, LOWEST_RATE_HZ, HIGHEST_RATE_HZ, "samples a second")


def number_between(text: str, least: float, most: float, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number of {unit} from {least:g} to "
                                         f"{most:g}")
    return number


def some_rates(text: str) -> dict[str, float]:
    """`1000`, or `stat=2000,net/dev=500`: samples a second by source, "" for all others."""
    found: dict[str, float] = {}
    for part in text.split(","):
        source, equals, rate = part.rpartition("=")
        if equals and source not in GROUPS.values():
            raise argparse.ArgumentTypeError(f"{part!r}: no source {source!r} here; there are "
                                             f"{', '.join(GROUPS.values())}")
        if source in found:
            raise argparse.ArgumentTypeError(f"{text!r}: {source or 'a rate for all'} comes twice")
        found[source] = a_rate(rate)
    return found


def a_cpu(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r}: give the number of a CPU")
    return int(text)


def microseconds(text: str) -> float:
    return number_between(text, 0, LONGEST_SPIN_US, "microseconds")


def some_seconds(text: str) -> float:
    return number_between(text, 0.001, 100_000, "seconds")


def a_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 on")
    return int(text)


def parser() -> Parser:
    parser = Parser(
        prog="hzstat", talks=True, commands=COMMANDS, examples=EXAMPLES,
        description="Samples Linux's /proc at a high rate; prints a row per delay, with the "
                    "worst moment inside it.")
    add = parser.add_argument
    add("delay", nargs="?", type=a_delay, default=1.0, help="seconds a row (default 1)")
    add("count", nargs="?", type=a_count, help="how many rows (default: until Ctrl-C)")
    add("-c", "--cpu", action="store_true", help="CPU: shares in %%, and max, its busiest 50 ms "
                                                  "(or less: see --cpu-source)")
    add("-m", "--memory", action="store_true", help="memory: used, available")
    add("-n", "--net", action="store_true", help="network: bytes a second, and max, of one sample")
    add("-l", "--load", action="store_true", help="load averages")
    add("-C", metavar="0,1,total", help="which CPUs (default total)")
    add("-N", metavar="eth0,total", help="which interfaces (default total: all but lo)")
    add("--color", choices=("auto", "always", "never"), default="auto",
        help="colours and bold (default: in a terminal, unless NO_COLOR is set)")
    add("--root", metavar="DIR", help="another tree in place of /proc")
    add("--version", action="version", version=f"hzstat {__version__}",
        help="show the version, and exit")
    add = parser.add_argument_group("how it is sampled").add_argument
    add("-r", "--rate", metavar="HZ", type=some_rates, default={},
        help=f"samples a second inside each row (default {DEFAULT_RATE_HZ:g}), or one per source: "
             "stat=2000,net/dev=500")
    add("--cpu-source", choices=NAMES, default=STAT,
        help="what max is read from: stat's ticks (default), or a finer counter, by which it is "
             "the busiest five samples (-r 1000: 5 ms); auto takes the best that is here")
    add("-j", "--jobs", metavar="N", type=a_count,
        help="worker processes (default: one a source, up to the number of CPUs)")
    add("--stats", action="store_true", help="at the end, tell on stderr how well it was sampled")
    add("--ring-seconds", metavar="S", type=some_seconds,
        help="how long a sample is kept for the row (default: the delay and 5 s)")
    add("--pin", metavar="CPU", type=a_cpu, help="run the workers on this CPU")
    add("--realtime", action="store_true", help="run them ahead of all others (SCHED_FIFO)")
    add("--spin", metavar="US", type=microseconds, default=0.0,
        help="spend the last microseconds before each sample awake")
    return parser


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    delay = arguments.delay
    chosen = [name for name in GROUPS if getattr(arguments, name)] or list(GROUPS)
    otherwise = arguments.rate.get("", max(DEFAULT_RATE_HZ, 1 / delay))
    rates = {GROUPS[name]: arguments.rate.get(GROUPS[name], otherwise) for name in chosen}
    unshown = next(unused(arguments, chosen), None)
    if unshown:
        return misuse(unshown)
    for source, rate in rates.items():
        if rate * delay < 1 - 1e-9 and source in OVER_TIME:
            return misuse(f"-r {rate:g} takes less than one sample of {source} in a row of "
                          f"{delay:g} s: give -r {math.ceil(1 / delay)} or more, or a longer delay")
        if rate * delay > MOST_SAMPLES:
            return misuse(f"a row of {delay:g} s at {rate:g} samples a second would hold "
                          f"{rate * delay:,.0f}: give -r {MOST_SAMPLES / delay:g} or less")
    try:
        cpus = a_choice(arguments.C, "stat", "cpu", arguments.root) if "cpu" in chosen else []
        nets = a_choice(arguments.N, "net/dev", "name", arguments.root) if "net" in chosen else []
    except ValueError as failure:
        return misuse(str(failure))

    fine = None
    if "cpu" in chosen:
        fine, why = choose(arguments.cpu_source, arguments.root)
        for text in (why, coarse_note(fine, delay, rates["stat"])):
            if text:
                note(text)
    if fine:
        rates[fine.source] = rates["stat"]
    if "cpu" in chosen:
        explain(f"max of the CPUs is read from {fine.source if fine else 'stat'}")

    from .cli_sampling import sampling
    try:
        with sampling(rates, delay, arguments.root, arguments.ring_seconds, jobs=arguments.jobs,
                      pin=arguments.pin, realtime=arguments.realtime,
                      spin_us=arguments.spin) as sampler:
            try:
                show(sampler, arguments, chosen, cpus, nets, fine)
            finally:
                if arguments.stats:
                    from .formats import stats
                    sampler.stop()          # so that the figures stand still
                    complain_of(stats.table(sampler.health(), sampler.workers(), sampler.rings(),
                                            sampler.seconds))
    except ValueError as failure:           # a CPU that isn't there
        return misuse(str(failure))
    return 0


def unused(arguments: argparse.Namespace, chosen: list[str]) -> Iterator[str]:
    """What was asked for of a group that isn't shown."""
    for source in arguments.rate:
        if source and source not in (GROUPS[name] for name in chosen):
            yield f"-r {source}=… is of no use, as {source} isn't shown"
    for given, option, name, letter in (
            (arguments.C, "-C", "cpu", "-c"), (arguments.N, "-N", "net", "-n"),
            (arguments.cpu_source != STAT, "--cpu-source", "cpu", "-c")):
        if given and name not in chosen:
            yield f"{option} is of no use without {letter}"


def misuse(text: str) -> int:
    complain(text)
    return MISUSED


def a_choice(text: str | None, source: str, key: str, root: str | None) -> list[Any]:
    """The rows asked for by a list of names, None for the total; ValueError for unknown ones."""
    if text is None:
        return [None]
    try:
        rows = values(source, root)
    except (SourceUnavailable, ValueError):
        return [None]           # the sampler will say so
    known = {str(row[key]) if key == "cpu" else os.fsdecode(row[key]): row[key] for row in rows}
    known.pop("-1", None)
    chosen: list[Any] = []
    for name in text.split(","):
        if name != TOTAL and name not in known:
            raise ValueError(f"no {'CPU' if key == 'cpu' else 'interface'} {name!r}: there are "
                             f"{', '.join(known)} and {TOTAL}")
        chosen.append(known.get(name) if name != TOTAL else None)
    return chosen


def show(sampler: Sampler, arguments: argparse.Namespace, chosen: list[str],
         cpus: Sequence[int | None], nets: Sequence[bytes | None],
         fine: CpuSource | None) -> None:
    """Print a row per delay, and the header once a screenful in a terminal."""
    from .formats import rows
    from .watch import Watch

    groups, values = zip(*panels(chosen, cpus, nets), strict=True)
    terminal = sys.stdout.isatty()
    colour = {"always": True, "never": False}.get(
        arguments.color, terminal and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb")
    watch = Watch(sampler, arguments.delay, fine)
    below_header = 0
    for at in watch.rows(arguments.count):
        if below_header == 0:
            print(rows.header(groups, colour))
            below_header = max(1, os.get_terminal_size(sys.stdout.fileno()).lines - 3) if terminal \
                else -1
        print(rows.row(groups, [of(at) for of in values], colour), flush=True)
        below_header -= 1


def panels(chosen: list[str], cpus: Sequence[int | None],
           nets: Sequence[bytes | None]) -> Iterator[tuple[Group, Callable[[Watch], Values]]]:
    """Each group of columns, and how its values are had from a row's spans."""
    from .formats import rows
    for name in chosen:
        if name == "cpu":
            for cpu in cpus:
                yield (rows.cpu_group("total-cpu" if cpu is None else f"cpu{cpu}"),
                       methodcaller("cpu", -1 if cpu is None else cpu))
        elif name == "net":
            for net in nets:
                yield (rows.net_group(f"net/{TOTAL if net is None else os.fsdecode(net)}"),
                       methodcaller("net", net))
        elif name == "memory":
            yield rows.memory_group(), methodcaller("memory")
        else:
            yield rows.load_group(), methodcaller("load")
