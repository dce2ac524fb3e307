"""`hzstat top`: the live view."""
from __future__ import annotations

import argparse
import os
import sys

from .cli import INTERRUPTED, misuse, note
from .cli_options import add_sampling, rates_of, sampler_options
from .cli_parser import Parser
from .cpu_source import NAMES, STAT, choose, coarse_note
from .errors import ParseError, SourceUnavailable
from .procfs import values
from .room import memory_left
from .top.groups import GROUPS, RATES_HZ, USUAL_HZ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cpu_source import CpuSource
    from .sampler import Sampler

RING_SECONDS = 11.0             # `w` writes ten
RING_BYTES_A_CPU = 3 << 20      # which that takes of stat, at the usual rate
EXAMPLES = (
    ("hzstat top", "everything, from 1000 samples a second"),
    ("hzstat top -cp -r 2000", "each CPU, from 2000"),
    ("hzstat top -c --cpu-source auto", "CPUs, with bursts of 5 ms"),
    ("hzstat top --draw blocks", "where a font lacks braille"),
)


def parser() -> Parser:
    parser = Parser(
        prog="hzstat top", talks=True, examples=EXAMPLES,
        description="A live view of CPUs, memory, network, load and disks: ten pictures a second, "
                    "each column of dots from the least to the most of all samples in it. "
                    "Press ? for the keys, q to end.")
    add = parser.add_argument
    for letter, (name, _) in GROUPS.items():
        add(f"-{letter}", f"--{name}", action="store_true",
            help=f"show {name} (default: all five)")
    add("-p", "--each-cpu", action="store_true", help="show each CPU")
    add("-r", "--rate", metavar="HZ", type=rates_of(RATES_HZ), default={},
        help="samples a second (default 1000 of stat and net/dev, 100 of meminfo and diskstats), "
             "or one per source: stat=2000,net/dev=500")
    add("--cpu-source", choices=NAMES, default=STAT,
        help="what shows bursts of CPUs of less than 50 ms: a finer counter than stat's ticks "
             "(default: none), in windows of five samples; auto takes the best that is here")
    add("--draw", choices=("auto", "braille", "blocks", "ascii"), default="auto",
        help="what pictures are made of (default: braille, or ASCII where the locale has no UTF-8)")
    add("--color", choices=("auto", "always", "never"), default="auto",
        help="colours (default: unless NO_COLOR is set)")
    add_sampling(parser.add_argument_group("how it is sampled"),
                 f"for the key w (default: {RING_SECONDS:g} s or more)")
    return parser


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) \
            or os.environ.get("TERM", "") in ("", "dumb"):
        return misuse("top needs a terminal that it can draw on, at stdin and stdout: `hzstat` "
                      "prints rows anywhere, and `hzstat line` a line")
    otherwise = arguments.rate.get("")
    rates = {name: arguments.rate.get(name, otherwise or rate) for name, rate in RATES_HZ.items()}
    fine, why = choose(arguments.cpu_source, arguments.root)
    if fine and fine.whole:
        return misuse(f"--cpu-source {fine.name}: {fine.source} counts this cgroup alone, and "
                      "can't be drawn with the machine's CPUs; leave it out")
    if fine:
        rates[fine.source] = rates["stat"]
        why = coarse_note(fine, 1.0, rates["stat"])
    if why:
        note(why)
    # Room for what the key + may ask for, too.
    ring_seconds = RING_SECONDS * max(1.0, USUAL_HZ / max(rates.values()))
    from .cli_sampling import sampling
    with sampling(rates, 0, arguments.root, arguments.ring_seconds or ring_seconds,
                  ring_bytes=ring_bytes(arguments.root), **sampler_options(arguments)) as sampler:
        show(sampler, arguments, fine)
    return 0


def ring_bytes(root: str | None) -> int:
    """What a ring may take: of many CPUs more than usually, where the memory is there."""
    from .sampler import LARGEST_RING_BYTES
    try:
        cpus = len(values("stat", root)) - 1
    except (SourceUnavailable, ParseError):
        cpus = 0
    return max(LARGEST_RING_BYTES, min(cpus * RING_BYTES_A_CPU, memory_left()[0] // 8))


def show(sampler: Sampler, arguments: argparse.Namespace, fine: CpuSource | None) -> None:
    """Draw until a key, or a signal, ends it; what there was to tell and wasn't seen is said
    then."""
    from .top.glyphs import KINDS
    from .top.live import Live
    from .top.screen import Screen
    from .top.styles import styles

    drawn = arguments.draw
    if drawn == "auto":
        drawn = "braille" if has_braille(environment()) else "ascii"
    live = Live(sampler, KINDS[drawn], plain=drawn == "ascii", root=arguments.root, fine=fine)
    chosen = {letter for letter, (name, _) in GROUPS.items() if getattr(arguments, name)}
    live.pictures.groups = chosen or set(GROUPS)
    live.pictures.each_cpu = arguments.each_cpu
    said, sampler.report = sampler.report, live.tell
    colour = {"always": True, "never": False}.get(arguments.color)
    try:
        with Screen(sys.stdin.fileno(), sys.stdout.fileno(), styles(colour, os.environ)) as screen:
            live.run(screen)
    except KeyboardInterrupt:       # of which nothing was echoed here
        raise SystemExit(INTERRUPTED) from None
    finally:
        sampler.report = said
        for text in live.to_be_said():
            note(text)


def has_braille(environment: Mapping[str, str]) -> bool:
    """Can this terminal be expected to show it?"""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "C")
    console = environment.get("TERM", "").startswith(("linux", "vt"))
    return "utf" in locale.lower() and not console


def environment() -> dict[str, str]:
    """As it was when this process began: since then Python has put UTF-8 in the place of the C
    locale (PEP 538), which says nothing of the terminal."""
    with open("/proc/self/environ", "rb") as file:
        pairs = [os.fsdecode(one).partition("=") for one in file.read().split(b"\0")]
    return {name: value for name, _, value in pairs}
