"""What a read costs over the kernel's floor: a bare pread to the end of the open file."""
from __future__ import annotations

import os
import statistics
import sys
import time

from hzstat import procfs
from hzstat._floor import read_to_end

ROUNDS, CALLS = 41, 400


def measure(name: str) -> tuple[int, list[float], list[float], list[float]]:
    """(bytes, µs of the floor, µs of read_into, their ratios), a figure a round, interleaved."""
    reader = procfs.Reader(name)
    rows = reader.read()
    with open(reader.path, "rb", buffering=0) as file:
        size = len(file.read())
        floors, ours = [], []
        for _ in range(ROUNDS):
            floors.append(read_to_end(file.fileno(), CALLS) / CALLS / 1e3)
            start = time.perf_counter_ns()
            for _ in range(CALLS):
                reader.read_into(rows)
            ours.append((time.perf_counter_ns() - start) / CALLS / 1e3)
    return size, floors, ours, [a / b for a, b in zip(ours, floors, strict=True)]


def spread(figures: list[float]) -> str:
    """Median, and the middle half of the figures."""
    low, median, high = statistics.quantiles(figures, n=4)
    return f"{median:6.2f} ({low:.2f}-{high:.2f})"


def main() -> None:
    out = sys.stdout.write
    out(f"read_into against a bare pread, {ROUNDS} interleaved rounds of {CALLS} calls, "
        f"{os.cpu_count()} CPUs: median (quartiles)\n")
    out(f"{'file':10} {'bytes':>6}  {'floor us':22} {'read_into us':22} ratio\n")
    for name in procfs.sources():
        size, floors, ours, ratios = measure(name)
        out(f"{name:10} {size:6}  {spread(floors):22} {spread(ours):22} {spread(ratios)}\n")
