"""Records of a row's time → equal steps one after the other, and how it went, row after row.

windows.py looks for the worst moment wherever it begins; here the moments are a fixed grid, so that
each burst shows once, where it was.
"""
from __future__ import annotations

from collections import deque

import numpy as np

from . import shares, windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .watch import Watch

    Floats = NDArray[np.float64]

LEAST, MOST = 0.9, 1.5          # of a step, between which it lies in spite of lateness
NAN = float("nan")
BYTES = {"recv": "rx_bytes", "send": "tx_bytes"}


class Grid:
    """The last `delay_ns` of records, cut into at most `most_cells` cells of as many steps each.

    A step is as short as a share of CPU time may be, and not shorter than a sampling period.
    """

    def __init__(self, delay_ns: int, period_ns: int, most_cells: int) -> None:
        steps = max(1, delay_ns // max(shares.WINDOW_NS, period_ns))
        self.cells = min(most_cells, steps)
        self.steps = steps // self.cells * self.cells
        self.delay_ns = delay_ns
        self.period_ns = period_ns

    def edges(self, records: NDArray[np.void]) -> NDArray[np.int64]:
        """The instants between the steps, shape (steps + 1,), up to the last record's."""
        end = int(windows.planned_ns(records[-1]))
        return end - self.delay_ns * np.arange(self.steps, -1, -1) // self.steps

    def bounds(self, records: NDArray[np.void],
               times: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The index of the record at each edge, shape (steps + 1,), and which steps are all
        there, shape (steps,)."""
        at = np.searchsorted(times, self.edges(records) - self.period_ns // 2)
        at = np.minimum(at, len(times) - 1)
        lengths = np.diff(times[at]) / (self.delay_ns / self.steps)
        return at, (lengths >= LEAST) & (lengths <= MOST)

    def highest(self, steps: Floats) -> list[float]:
        """The highest step of each cell; nan where none is known."""
        known = np.where(np.isnan(steps), -1.0, steps).reshape(self.cells, -1).max(axis=1)
        return [float(cell) if cell >= 0 else NAN for cell in known]

    def unknown(self) -> list[float]:
        return [NAN] * self.cells

    def cpu(self, records: NDArray[np.void], key: int) -> list[float]:
        """By cell, the busy share (0 to 1) of CPU `key` (-1: all) in its busiest step."""
        times, rows = windows.cpu_rows(records, key)
        if len(times) < 2:
            return self.unknown()
        at, told = self.bounds(records, times)
        grown = shares.growth(rows[at[:-1]], rows[at[1:]])
        ticks = shares.total(grown)
        told &= ticks > 0
        return self.highest(np.where(told, shares.column(grown, "cpu") / np.maximum(ticks, 1),
                                     np.nan))

    def net(self, records: NDArray[np.void], key: bytes | None, field: str) -> list[float]:
        """By cell, bytes a second of interface `key` (None: all but lo) in its busiest step."""
        records = windows.good(records)
        if len(records) < 2:
            return self.unknown()
        if key is None:
            times, grown = records["time_ns"], windows.total_growth(records, field)
        else:
            times, rows = windows.of_key(records, "name", key)
            start = windows.since_reset(rows, (field,))
            times, grown = times[start:], rows[field][start:]
        if len(times) < 2:
            return self.unknown()
        at, told = self.bounds(records, times)
        grown = (grown - grown[:1]).astype(np.float64)
        seconds = np.maximum(np.diff(times[at]), 1) / 1e9
        return self.highest(np.where(told, np.diff(grown[at]) / seconds, np.nan))


class Curves:
    """The last `cells` of each curve, one row's after the other: cpu, recv and send."""

    def __init__(self, names: Iterable[str], watch: Watch, interface: bytes | None,
                 cells: int) -> None:
        self.interface = interface
        self.cells = {name: deque([NAN] * cells, cells) for name in names}
        self.grids = {name: Grid(watch.delay_ns, period_ns, cells)
                      for name, period_ns in watch.period_ns.items()}

    def of(self, row: Watch) -> dict[str, list[float]]:
        """The curves up to the end of this row: a share (0 to 1) of all CPUs, bytes a second of
        the interface; nan where it isn't known."""
        for name, cells in self.cells.items():
            source = "net/dev" if name in BYTES else "stat"
            if source in row.spans:
                grid, records = self.grids[source], row.records(source)
                cells.extend(grid.net(records, self.interface, BYTES[name])
                             if name in BYTES else grid.cpu(records, shares.TOTAL))
        return {name: list(cells) for name, cells in self.cells.items()}
