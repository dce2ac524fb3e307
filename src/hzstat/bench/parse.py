"""What a read costs, by us and by others, over the kernel's floor: a bare pread to the end.

The ways take turns in each round, so a ratio is of figures from the same moment.
"""
from __future__ import annotations

import contextlib
import os
import subprocess
import time
from functools import partial

import numpy as np

from hzstat import _floor, descriptors, procfs
from hzstat.errors import HzstatError, SourceUnavailable

from . import texts
from .figures import figure, interleaved, ratios
from .frame import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    Way = Callable[[], float]

SOURCES = ("stat", "meminfo", "net/dev", "loadavg", "diskstats", "uptime", "pressure/cpu",
           "softirqs", "schedstat", "vmstat", "net/snmp", "net/snmp6", "net/netstat",
           "net/sockstat", "PID/stat", "PID/statm", "PID/io", "PID/status", "PID/schedstat",
           "cgroup/cpu.stat")
LARGE_CPUS, LARGE_INTR = 512, 40_000
LARGE_FLOOR_NS = 3000           # above it read_into may cost this many times the floor,
MOST_TIMES = 1.10
MOST_OVER_NS = 300              # below it so much more
FILE_COLUMNS = (Column("us", "us"), Column("ratio", "x floor"), Column("over_ns", "ns over it", 0),
                Column("call_ns", "the call, ns", 0), Column("parse_ns", "parsing, ns", 0))
SIZES = {"stat": (64, 512, 4096), "net/dev": (100, 1000, 10_000)}


def opened(name: str) -> procfs.Reader:
    """A Reader of the source, of this very process or of the cgroup at the top."""
    return procfs.Reader(name, pid=os.getpid() if name.startswith("PID/") else None)


def repeated(call: Callable[[], object], calls: int) -> Way:
    """Nanoseconds a call, over so many of them."""
    def measure() -> float:
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        return (time.perf_counter_ns() - start) / calls
    return measure


def plain(path: str) -> Callable[[], object]:
    """As one reads a file of /proc in plain Python."""
    def read() -> list[list[str]]:
        with open(path) as file:
            return [line.split() for line in file.readlines()]
    return read


def by_psutil(name: str) -> Callable[[], object] | None:
    """psutil's call that reads the same file, if it has one."""
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError:
        return None
    process = psutil.Process()
    calls: dict[str, Callable[[], object]] = {
        "stat": lambda: psutil.cpu_times(percpu=True), "meminfo": psutil.virtual_memory,
        "net/dev": lambda: psutil.net_io_counters(pernic=True, nowrap=False),
        "loadavg": psutil.getloadavg,
        "diskstats": lambda: psutil.disk_io_counters(perdisk=True, nowrap=False),
        "PID/stat": process.cpu_times, "PID/statm": process.memory_info,
        "PID/io": process.io_counters, "PID/status": process.num_ctx_switches}
    return calls.get(name)


class Peer:
    """A driver of another parser (benchmarks/peers/README.md tells the protocol)."""

    def __init__(self, path: str) -> None:
        self.name = os.path.basename(path)
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)

    def ns(self, source: str, calls: int) -> float | None:
        """Nanoseconds a read; None for what it doesn't read."""
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(f"{source} {calls}\n")
        except BrokenPipeError:
            raise HzstatError(f"the driver {self.name} has ended: see benchmarks/peers/README.md "
                              "for what it has to do") from None
        answer = self.process.stdout.readline().strip()
        return int(answer) / calls if answer.isdigit() else None

    def close(self) -> None:
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def peers_in(folder: str | None) -> list[Peer]:
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if folder else []
    return [Peer(path) for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]


def measure(name: str, rounds: int, calls: int, peers: Sequence[Peer]) -> Table:
    """Everything about one file: each way's cost and its ratio to the floor."""
    reader = opened(name)
    rows = np.array(reader.read())      # a plain array: Rows would ask for the time, too
    text = reader.text_now()
    with open(reader.path, "rb", buffering=0) as file:
        ways: dict[str, Way] = {
            "floor": lambda: _floor.read_to_end(file.fileno(), calls) / calls,
            "read_into": repeated(lambda: reader.read_into(rows), calls),
            "in C": lambda: _floor.read_and_parse(reader, rows, calls) / calls,
            "read": repeated(reader.read, calls), "plain": repeated(plain(reader.path), calls)}
        theirs = by_psutil(name)
        if theirs:
            ways["psutil"] = repeated(theirs, calls)
        for peer in peers:
            if peer.ns(name, 1) is not None:
                ways[peer.name] = partial(peer.ns, name, calls)     # type: ignore[assignment]
        taken = interleaved(ways, rounds)
    # The loop around read_into costs something, and a lambda more: it isn't the reader's.
    empty = interleaved({"loop": repeated(lambda: rows, calls)}, rounds)["loop"]
    taken["read_into"] = minus(taken["read_into"], empty)
    table = Table(name, f"{name}: {len(text)} bytes", "way", FILE_COLUMNS, "us")
    in_c = taken.pop("in C")
    for way in sorted(taken, key=lambda way: float(np.median(taken[way]))):
        table.rows[way] = {"us": figure([ns / 1e3 for ns in taken[way]]),
                           "ratio": ratios(taken[way], taken["floor"])}
    table.rows["read_into"]["over_ns"] = figure(minus(taken["read_into"], taken["floor"]))
    table.rows["read_into"]["call_ns"] = figure(minus(taken["read_into"], in_c))
    table.rows["read_into"]["parse_ns"] = figure(
        [_floor.parse(reader.source, text, rows, calls) / calls for _ in range(rounds)])
    return table


def minus(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(one, other, strict=True)]


def files(names: Sequence[str], rounds: int, calls: int, peers: Sequence[Peer],
          step: Callable[[str], None]) -> Iterator[Table]:
    """A table for each source that this host has, with the verdict in the last one; those that it
    hasn't are skipped there."""
    done = []
    verdict = Table("verdict", "read_into, over the floor", "file", (
        Column("ratio", "x floor"), Column("over_ns", "ns over it", 0)), "ratio")
    for name in names:
        step(name)
        try:
            done.append(measure(name, rounds, calls, peers))
        except SourceUnavailable as failure:
            verdict.skipped[name] = failure.reason
            continue
        verdict.rows[name] = done[-1].rows["read_into"]
        yield done[-1]
    verdict.findings += judged(done)
    yield verdict


def judged(tables: Sequence[Table]) -> list[str]:
    """Which files read_into reads within its bounds, and who is faster."""
    over, faster = [], []
    for table in tables:
        ours = table.rows["read_into"]
        small = 1e3 * table.rows["floor"]["us"]["median"] <= LARGE_FLOOR_NS
        times, extra = ours["ratio"]["median"], ours["over_ns"]["median"]
        if extra > MOST_OVER_NS if small else times > MOST_TIMES:
            over.append(f"{table.name} ({f'+{extra:.0f} ns' if small else f'x {times:.2f}'})")
        faster += [f"{table.name} ({way})" for way, cost in table.rows.items()
                   if way not in ("floor", "read_into", "read")
                   and cost["us"]["median"] < ours["us"]["median"]]
    return [f"read_into costs at most x {MOST_TIMES} (floor above {LARGE_FLOOR_NS / 1e3:g} us), or "
            f"+{MOST_OVER_NS} ns: {len(tables) - len(over)} of {len(tables)} files; "
            f"not: {', '.join(over) or 'none'}",
            f"faster than read_into: {', '.join(faster) or 'none'}"]


def large(rounds: int) -> Iterator[Table]:
    """Parsing alone: how fast a 512-CPU stat is, whole and without its intr line, and how the cost
    grows with the number of CPUs and of interfaces."""
    speeds = Table("speed", "parsing alone", "text", (
        Column("gb_per_s", "GB a second"), Column("ns_per_byte", "ns a byte", 3)), "gb_per_s")
    whole, cpus = texts.many_cpus(LARGE_CPUS, LARGE_INTR), texts.many_cpus(LARGE_CPUS, 0)
    every = {f"stat of {LARGE_CPUS} CPUs": ("stat", whole), "its CPU lines alone": ("stat", cpus)}
    for count in SIZES["stat"]:
        every[f"stat of {count} CPUs, no intr"] = ("stat", texts.many_cpus(count, 0))
    for count in SIZES["net/dev"]:
        every[f"net/dev of {count} interfaces"] = ("net/dev", texts.many_interfaces(count))
    for words, (name, text) in every.items():
        each = [ns / len(text) for ns in parse_ns(name, text, rounds)]
        speeds.rows[words] = {"gb_per_s": figure([1 / ns for ns in each]),
                              "ns_per_byte": figure(each)}
    yield speeds


def parse_ns(name: str, text: bytes, rounds: int) -> list[float]:
    """Nanoseconds to parse `text` once, in each round."""
    source = descriptors.find(name).learn(text, name)
    rows = bytearray(procfs.parsed(source, text, bytearray(), name) * source.row_bytes)
    calls = max(1, 2_000_000 // len(text))
    return [_floor.parse(source, text, rows, calls) / calls for _ in range(rounds)]
