"""`hzstat bench`: what hzstat costs, measured on this machine beside the kernel and others."""
from __future__ import annotations

import argparse
import json
import os
import sys

from . import __version__
from .bench.figures import spread
from .cli import MISUSED, complain
from .cli_rows import a_count, a_rate, number_between, some_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1                      # of --json
LARGE_FLOOR_NS = 3000           # above it read_into may cost this many times the floor,
MOST_TIMES = 1.10
MOST_OVER_NS = 300              # below it so much more


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hzstat bench", allow_abbrev=False,
        description="Measures hzstat on this machine: medians of rounds that take turns, and in "
                    "parentheses the middle half of them.")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="parse|sample|knobs|startup")
    parse = kinds.add_parser(
        "parse", help="the cost of reading each file, over a bare pread of it, by us and by others",
        description="Reads each file in several ways, which take turns. floor: a bare pread to its "
                    "end on an open fd; read_into: a Reader's, into a plain array; read: an "
                    "array that knows its time; psutil: its call that reads the "
                    "same file; plain: open, readlines, split.")
    parse.add_argument("source", nargs="*", help="which sources (default: all that are here)")
    parse.add_argument("--rounds", type=a_count, default=41, metavar="N", help="(default 41)")
    parse.add_argument("--calls", type=a_count, default=200, metavar="N",
                       help="reads a round (default 200)")
    parse.add_argument("--peers", metavar="DIR", help="a folder of drivers of other parsers "
                                                      "(`make bench-peers` has some)")
    parse.add_argument("--json", action="store_true", help="print JSON instead of the table")
    sample = kinds.add_parser(
        "sample", help="the cost and the punctuality of sampling, beside a bare loop",
        description="Samples stat, meminfo, net/dev and loadavg together, by a bare loop that does "
                    "nothing but sleep and pread, by hzstat with one worker, by plain Python, by "
                    "psutil and collectl where they are installed; they take turns. Then the "
                    "highest rates, a worker's memory, and how the cost grows (not with -r).")
    sample.add_argument("-r", "--rate", type=several_rates, metavar="HZ,HZ",
                        help="at which rates (default 10 to 10000)")
    sample.add_argument("--rounds", type=a_count, default=3, metavar="N", help="(default 3)")
    sample.add_argument("--seconds", type=some_seconds, default=1.0, metavar="S",
                        help="how long each runs (default 1)")
    sample.add_argument("--json", action="store_true", help="print JSON instead of the table")
    knobs = kinds.add_parser(
        "knobs", help="what --pin, --realtime and --spin do to lateness and cost",
        description="Samples the same four files with one worker, with each knob turned alone; "
                    "first on the machine as it is, then with two busy processes to a CPU.")
    knobs.add_argument("-r", "--rate", type=a_rate, default=1000.0, metavar="HZ",
                       help="(default 1000)")
    knobs.add_argument("--rounds", type=a_count, default=3, metavar="N", help="(default 3)")
    knobs.add_argument("--seconds", type=some_seconds, default=1.0, metavar="S",
                       help="how long each runs (default 1)")
    knobs.add_argument("--json", action="store_true", help="print JSON instead of the table")
    kinds.add_parser("startup", help="what it costs to start")
    return parser


def several_rates(text: str) -> list[float]:
    return [number_between(part, 1, 100_000, "samples a second") for part in text.split(",")]


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    if arguments.kind == "startup":
        from .bench import startup
        for line in startup.lines():
            print(line, flush=True)
        return 0
    return {"sample": run_sample, "knobs": run_knobs, "parse": run_parse}[arguments.kind](arguments)


def run_sample(arguments: argparse.Namespace) -> int:
    from .bench import growth, sample
    rounds, seconds = arguments.rounds, arguments.seconds

    def say(*lines: str) -> None:
        if not arguments.json:
            print(*lines, sep="\n", flush=True)
    found: dict[str, Any] = {"rates": []}
    for one in sample.at_rates(arguments.rate or sample.RATES_HZ, rounds, seconds):
        found["rates"].append(one)
        say(*rate_lines(one))
    if not arguments.rate:
        found["highest_hz"] = sample.highest(rounds, min(seconds, 0.5))
        say("the highest rate that keeps 99 % of its ticks: "
            + ", ".join(f"{way} {rate} Hz" for way, rate in found["highest_hz"].items()))
        found["worker_kb"] = sample.worker_kb()
        say("a worker's memory, less its rings: {own} kB its own, {pss} kB with its share of what "
            "it shares (Pss)".format(**found["worker_kb"]))
        say(f"CPU of a sample at {growth.RATE_HZ} Hz in us, bare loop and hzstat:")
        for name, over in (("sources", growth.over_sources),
                           ("interfaces", growth.over_interfaces)):
            found[name] = []
            for one in over(rounds, min(seconds, 0.5)):
                found[name].append(one)
                say(f"  {one[name]:5} {name:10}   {spread(one['bare loop']):24} "
                    f"{spread(one['hzstat']):24} x {spread(one['ratio'])}")
    if arguments.json:
        print_json({"rounds": rounds, "seconds": seconds, **found})
    return 0


SAMPLE_COLUMNS = (("cpu_percent", 2, "CPU %"), ("cpu_ratio", 2, "x bare loop"),
                  ("cpu_us", 1, "us a sample"), ("on_time_percent", 1, "on time %"),
                  ("kept_percent", 1, "kept %"), ("late_p50_us", 1, "late p50 us"),
                  ("late_p99_us", 1, "p99 us"), ("lost", 0, "lost"))
KNOB_COLUMNS = (("cpu_percent", 2, "CPU %"), ("missed_percent", 2, "missed %"),
                ("late_p50_us", 1, "late p50 us"), ("late_p99_us", 1, "p99 us"),
                ("late_max_us", 0, "max us"))


def run_knobs(arguments: argparse.Namespace) -> int:
    from .bench import knobs
    found = []
    for one in knobs.measured(arguments.rate, arguments.rounds, arguments.seconds):
        found.append(one)
        if not arguments.json:
            print("\n".join([f"{arguments.rate:g} Hz, {one['hogs']} busy processes",
                             *way_lines(one["ways"], KNOB_COLUMNS),
                             *(f"  {way}: {why}" for way, why in one["refused"].items())]),
                  flush=True)
    if arguments.json:
        print_json({"rate_hz": arguments.rate, "rounds": arguments.rounds,
                    "seconds": arguments.seconds, "knobs": found})
    return 0


def rate_lines(one: dict[str, Any]) -> list[str]:
    return [f"{one['rate_hz']:g} Hz", *way_lines(one["ways"], SAMPLE_COLUMNS)]


def way_lines(ways: dict[str, Any], columns: tuple[tuple[str, int, str], ...]) -> list[str]:
    """A head, and a line a way; `columns`: the figure's name, its digits, its title."""
    lines = [f"  {'':11}" + "".join(f"{title:22}" for _, _, title in columns).rstrip()]
    for way, cost in ways.items():
        cells = (spread(cost[name], digits) if name in cost else "-" for name, digits, _ in columns)
        lines.append(f"  {way:11}" + "".join(f"{cell:22}" for cell in cells).rstrip())
    return lines


def print_json(found: dict[str, Any]) -> None:
    """With what a reader needs to know of the machine."""
    machine = os.uname()
    print(json.dumps({"format": FORMAT, "hzstat": __version__, "kernel": machine.release,
                      "machine": machine.machine, "python": sys.version.split()[0],
                      "cpus": len(os.sched_getaffinity(0)), **found}, indent=1))


def run_parse(arguments: argparse.Namespace) -> int:
    from .bench import parse
    unknown = set(arguments.source) - set(parse.SOURCES)
    if unknown:
        complain(f"no source to measure: {', '.join(sorted(unknown))}; there are "
                 f"{', '.join(parse.SOURCES)}")
        return MISUSED
    if arguments.rounds < 2:
        complain("--rounds 1 has no spread: give 2 or more")
        return MISUSED
    peers = parse.peers_in(arguments.peers)
    try:
        found = []
        for one in parse.files(arguments.source or parse.SOURCES, arguments.rounds,
                               arguments.calls, peers):
            found.append(one)
            if not arguments.json:
                print("\n".join(file_lines(one)), flush=True)
    finally:
        for peer in peers:
            peer.close()
    large = parse.large(arguments.rounds)
    if arguments.json:
        print_json({"rounds": arguments.rounds, "calls": arguments.calls, "files": found, **large})
        return 0
    print("\n".join(large_lines(large)))
    print(verdict([one for one in found if "ways" in one]))
    return 0


def file_lines(one: dict[str, Any]) -> list[str]:
    """One file: a line for the floor, and one for each way."""
    if "unavailable" in one:
        return [f"{one['file']}: {one['unavailable']}"]
    ways = sorted(one["ways"].items(), key=lambda way: way[1]["ns"]["median"])
    return [f"{one['file']}: {one['bytes']} bytes, floor {spread(thousandth(one['floor_ns']))} us, "
            f"parsing alone {spread(one['parse_ns'], 0)} ns, "
            f"a call from Python {spread(one['call_ns'], 0)} ns",
            *(f"  {way:12} {spread(thousandth(cost['ns'])):22} us   "
              f"{spread(cost['ratio'])} x floor" for way, cost in ways)]


def thousandth(figure: dict[str, float]) -> dict[str, float]:
    return {name: value / 1000 for name, value in figure.items()}


def large_lines(large: dict[str, Any]) -> list[str]:
    lines = ["parsing alone:"]
    lines += [f"  {words:22} {one['bytes']:8} bytes   {spread(one['gb_per_s'])} GB/s"
              for words, one in large["speeds"].items()]
    for name, growth in large["growth"].items():
        things = "CPUs" if name == "stat" else "interfaces"
        lines += [f"  {name} of {one['count']:6} {things:10} {one['bytes']:8} bytes   "
                  f"{spread(one['ns_per_byte'], 3)} ns a byte" for one in growth]
    return lines


def verdict(found: list[dict[str, Any]]) -> str:
    """Which files read_into reads within its bounds."""
    over = []
    for one in found:
        small = one["floor_ns"]["median"] <= LARGE_FLOOR_NS
        times, extra = one["ways"]["read_into"]["ratio"]["median"], one["over_floor_ns"]["median"]
        if extra > MOST_OVER_NS if small else times > MOST_TIMES:
            over.append(f"{one['file']} ({f'+{extra:.0f} ns' if small else f'x {times:.2f}'})")
    faster = [f"{one['file']} ({way})" for one in found for way, cost in one["ways"].items()
              if way not in ("read_into", "read")
              and cost["ns"]["median"] < one["ways"]["read_into"]["ns"]["median"]]
    return (f"read_into costs at most x {MOST_TIMES} (floor above {LARGE_FLOOR_NS / 1e3:g} us), or "
            f"+{MOST_OVER_NS} ns: {len(found) - len(over)} of {len(found)} files; "
            f"not: {', '.join(over) or 'none'}\n"
            f"faster than read_into: {', '.join(faster) or 'none'}")
