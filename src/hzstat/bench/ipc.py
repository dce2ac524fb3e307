"""What it costs to move records from one process to another: as fast as it goes, at a modest rate,
there and back, and of several sizes.

The transports take turns in each round. A rate counts the records that were received.
"""
from __future__ import annotations

import numpy as np

from .figures import figure, ratios
from .frame import Column, Table
from .pairs import move, round_trips
from .transports import missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .figures import Figure
    from .pairs import Moved

    Step = Callable[[str], None]

RATE_HZ = 1000.0                # the modest one
LEAST_RECORDS = 250             # of a round at it, so that there is a p99
SIZES = (8, 64, 512, 4096, 65536)
WITH_SIZES = ("ring-cython", "ring", "RawArray", "Queue", "Pipe")
WITH_TRIPS = ("ring", "RawArray", "Queue", "SimpleQueue", "Pipe")
YARDSTICK = "Pipe"              # what the others are compared with
OURS = ("ring-cython", "ring")
CPU = (Column("send_us", "CPU us to send", 3), Column("receive_us", "CPU us to receive", 3),
       Column("other_us", "CPU us of a third", 1))
AT_FULL_SPEED = (Column("rate_hz", "records/s", 0), Column("ratio", f"x {YARDSTICK}"),
                 Column("lost_percent", "lost %", 1), *CPU)
AT_A_RATE = (Column("p50_us", "p50 us", 1), Column("p99_us", "p99 us", 1),
             Column("max_us", "max us", 0), Column("lost_percent", "lost %", 1), *CPU)
TRIPS = (Column("rate_hz", "round trips/s", 0), Column("p50_us", "p50 us", 1),
         Column("p99_us", "p99 us", 1), Column("max_us", "max us", 0))


def here(names: Sequence[str], table: Table) -> list[str]:
    """Those that can be had; the others are told of in the table."""
    table.skipped |= {name: reason for name in names if (reason := missing(name))}
    return [name for name in names if name not in table.skipped]


def steps(names: Sequence[str], rounds: int) -> int:
    """How often `step` is called by all of these."""
    names = [name for name in names if not missing(name)]
    return rounds * (2 * len(names) + len({*names} & {*WITH_TRIPS})
                     + len(SIZES) * len({*names} & {*WITH_SIZES}))


def at_full_speed(names: Sequence[str], size: int, rounds: int, seconds: float,
                  step: Step) -> Table:
    table = Table("full speed", f"records of {size} bytes, one way, at full speed", "transport",
                  AT_FULL_SPEED, "rate_hz")
    taken = in_turns(here(names, table), size, rounds, seconds, 0, "full speed", step)
    pipe = [run.received / run.seconds for run in taken.get(YARDSTICK, [])]
    for name, runs in taken.items():
        rates = [run.received / run.seconds for run in runs]
        table.rows[name] = {"rate_hz": figure(rates), **costs(runs)}
        if pipe:
            table.rows[name]["ratio"] = ratios(rates, pipe)
    for name in OURS:
        if pipe and name in taken:
            times = table.rows[name]["ratio"]
            less = ratios(list(map(cpu_ns, taken[YARDSTICK])), list(map(cpu_ns, taken[name])))
            table.findings.append(
                f"{name}: {times['median']:.1f} ({times['low']:.1f}-{times['high']:.1f}) x the "
                f"rate of {YARDSTICK}; a record takes 1/{less['median']:.0f} of its CPU time")
    table.findings += [f"{name}: {astray} records came twice or out of order"
                       for name, runs in taken.items()
                       if (astray := sum(run.astray for run in runs))]
    return table


def at_a_rate(names: Sequence[str], size: int, rounds: int, seconds: float, step: Step) -> Table:
    size, seconds = max(16, size), max(seconds, LEAST_RECORDS / RATE_HZ)
    table = Table("latency", f"from send to receive, {RATE_HZ:g} records of {size} bytes a second",
                  "transport", AT_A_RATE, "p99_us")
    taken = in_turns(here(names, table), size, rounds, seconds, RATE_HZ, "latency", step)
    for name, runs in taken.items():
        table.rows[name] = late([run.late_ns for run in runs]) | costs(runs)
    for name in OURS:
        if name in taken and YARDSTICK in taken:
            p99 = ratios(*(table.rows[one]["p99_us"]["rounds"] for one in (name, YARDSTICK)))
            table.findings.append(f"{name}: p99 is {p99['median']:.2f} ({p99['low']:.2f}-"
                                  f"{p99['high']:.2f}) of {YARDSTICK}'s")
    return table


def there_and_back(names: Sequence[str], size: int, rounds: int, seconds: float,
                   step: Step) -> Iterator[Table]:
    if not {*names} & {*WITH_TRIPS}:
        return
    table = Table("round trips", f"a record of {size} bytes there and back, one at a time",
                  "transport", TRIPS, "rate_hz")
    chosen = here([name for name in names if name in WITH_TRIPS], table)
    taken: dict[str, list[Any]] = {name: [] for name in chosen}
    for _ in range(rounds):
        for name in chosen:
            step(f"round trips, {name}")
            taken[name].append(round_trips(name, size, seconds))
    for name, trips in taken.items():
        table.rows[name] = {"rate_hz": figure([1e9 / took.mean() for took in trips]),
                            **late(trips)}
    yield table


def over_sizes(names: Sequence[str], rounds: int, seconds: float, step: Step) -> Iterator[Table]:
    """Records a second, and bytes."""
    chosen = [name for name in names if name in WITH_SIZES]
    if not chosen:
        return
    records = Table("sizes", "thousand records/s by their size, one way, at full speed",
                    "transport", tuple(Column(f"khz_{size}", said(size), 1) for size in SIZES), "")
    volume = Table("volume", "MB/s by their size, one way, at full speed", "transport",
                   tuple(Column(f"mb_{size}", said(size), 1) for size in SIZES),
                   f"mb_{SIZES[-2]}")
    for size in SIZES:
        for name, runs in in_turns(chosen, size, rounds, seconds, 0, said(size),
                                   step).items():
            rates = [run.received / run.seconds for run in runs]
            records.rows.setdefault(name, {})[f"khz_{size}"] = figure([r / 1e3 for r in rates])
            volume.rows.setdefault(name, {})[f"mb_{size}"] = figure([size * r / 1e6 for r in rates])
    yield records
    yield volume


def in_turns(names: Sequence[str], size: int, rounds: int, seconds: float, rate_hz: float,
             what: str, step: Step) -> dict[str, list[Moved]]:
    taken: dict[str, list[Moved]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            step(f"{what}, {name}")
            taken[name].append(move(name, size, seconds, rate_hz))
    return taken


def late(rounds: Sequence[Any]) -> dict[str, Figure]:
    """Of each round; p99 of a few hundred is one of the worst few, and max is the worst."""
    p50, p99, worst = zip(*(np.percentile(one, (50, 99, 100)) / 1e3 for one in rounds), strict=True)
    return {"p50_us": figure(list(map(float, p50))), "p99_us": figure(list(map(float, p99))),
            "max_us": figure(list(map(float, worst)))}


def costs(runs: Sequence[Moved]) -> dict[str, Figure]:
    """Loss and CPU time, a record that was received."""
    found = {"lost_percent": figure([100 * (1 - run.received / run.sent) for run in runs])}
    for name, used in (("send_us", [run.send_cpu_ns for run in runs]),
                       ("receive_us", [run.receive_cpu_ns for run in runs]),
                       ("other_us", [run.other_cpu_ns for run in runs])):
        each = [ns / 1e3 / max(1, run.received) for ns, run in zip(used, runs, strict=True)
                if ns is not None]
        if each:
            found[name] = figure(each)
    return found


def cpu_ns(run: Moved) -> float:
    """Of all sides, a record."""
    return (run.send_cpu_ns + run.receive_cpu_ns + (run.other_cpu_ns or 0)) / max(1, run.received)


def said(size: int) -> str:
    return f"{size // 1024} KB" if size >= 1024 else f"{size} B"
