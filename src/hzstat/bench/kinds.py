"""Of each kind of bench: what of its arguments argparse can't judge; and its tables, once it is
known how many steps they take."""
from __future__ import annotations

import os

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from .frame import Table
    from .progress import Progress


def check_countdown(arguments: argparse.Namespace) -> None:
    from . import counting, modes
    arguments.modes = arguments.modes or list(modes.MODES)
    for mode in arguments.modes:
        counting.check(arguments.n, arguments.jobs, mode)


def check_ipc(arguments: argparse.Namespace) -> None:
    from .transports import TRANSPORTS, missing
    arguments.transports = arguments.transports or list(TRANSPORTS)
    if all(map(missing, arguments.transports)):
        name = arguments.transports[0]
        raise ValueError(f"--transports {name}: {missing(name)}")


def check_parse(arguments: argparse.Namespace) -> None:
    from . import parse
    unknown = set(arguments.source) - set(parse.SOURCES)
    if unknown:
        raise ValueError(f"no source to measure: {', '.join(sorted(unknown))}; there are "
                         f"{', '.join(parse.SOURCES)}")
    if arguments.json in parse.SOURCES:
        raise ValueError(f"--json {arguments.json}: that is a source; say it before --json")
    if arguments.rounds < 2:
        raise ValueError("--rounds 1 has no spread: give 2 or more")
    arguments.source = arguments.source or list(parse.SOURCES)
    arguments.drivers = parse.peers_in(arguments.peers)


def check_cpu(arguments: argparse.Namespace) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        raise HzstatError("a spinner and a worker apart from it need two CPUs, and this process "
                          "may use one")


def countdown(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import counting, modes
    n, jobs, rounds, full = arguments.n, arguments.jobs, arguments.rounds, arguments.full
    progress.total = rounds * sum(counting.weight(n, mode, full) for mode in arguments.modes
                                  if not modes.missing(mode))
    yield counting.measure(n, jobs, arguments.modes, rounds, full, progress.step)


def ipc(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import ipc, promises
    names, size, rounds = arguments.transports, arguments.record, arguments.rounds
    seconds, step = arguments.seconds, progress.step
    progress.total = ipc.steps(names, rounds) + promises.WEIGHT * promises.steps(names)
    yield ipc.at_full_speed(names, size, rounds, seconds, step)
    yield ipc.at_a_rate(names, size, rounds, seconds, step)
    yield from ipc.there_and_back(names, size, rounds, seconds / 2, step)
    yield from ipc.over_sizes(names, rounds, seconds / 4, step)
    yield promises.promises(names, size, rounds, step)


def parse(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import parse
    progress.total = len(arguments.source)
    try:
        yield from parse.files(arguments.source, arguments.rounds, arguments.calls,
                               arguments.drivers, progress.step)
    finally:
        for peer in arguments.drivers:
            peer.close()
    yield from parse.large(arguments.rounds)


def sample(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import growth, loops, sample
    rounds, seconds, step = arguments.rounds, arguments.seconds, progress.step
    everything = not arguments.rate
    arguments.rate = arguments.rate or list(sample.RATES_HZ)
    progress.total = sum(rounds * len(loops.ways(rate)) for rate in arguments.rate) + (
        sample.TRIES + 4 + len(growth.INTERFACES) if everything else 0)
    for rate in arguments.rate:
        yield sample.at_rate(rate, rounds, seconds, step)
    if everything:
        shorter = min(seconds, 0.3)
        yield sample.highest(rounds, shorter, step)
        yield sample.memory()
        yield growth.over_sources(rounds, shorter, step)
        yield growth.over_interfaces(rounds, shorter, step)


def record(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import record
    arguments.rate = arguments.rate or list(record.RATES_HZ)
    progress.total = arguments.rounds * len(record.WAYS) * len(arguments.rate)
    for rate in arguments.rate:
        yield record.at_rate(rate, arguments.rounds, arguments.seconds, progress.step)


def knobs(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import knobs
    progress.total = 2 * arguments.rounds * len(knobs.ways())
    return knobs.measured(arguments.rate, arguments.rounds, arguments.seconds, progress.step)


def cpu(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import cpu
    progress.total = 6
    first, second, *_ = sorted(os.sched_getaffinity(0))
    return cpu.measure(arguments.rounds, arguments.seconds, arguments.duty / 100, arguments.period,
                       (first, second), progress.step)


def startup(arguments: argparse.Namespace, progress: Progress) -> Iterator[Table]:
    from . import startup
    progress.total = 3 * arguments.rounds + 3
    return startup.measured(arguments.rounds, progress.step)


CHECKS = {"countdown": check_countdown, "ipc": check_ipc, "parse": check_parse, "cpu": check_cpu}
TABLES = {"countdown": countdown, "ipc": ipc, "parse": parse, "sample": sample, "record": record,
          "knobs": knobs, "cpu": cpu, "startup": startup}
