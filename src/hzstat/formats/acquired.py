"""The result of an acquisition as lines of text."""
from __future__ import annotations

import numpy as np

from hzstat.units import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

    Histogram = tuple[NDArray[np.int64], NDArray[np.float64]]

BARS = 24               # rows of a histogram, at most
BAR_WIDTH = 50
DIGITS, MOST_DIGITS = 6, 17     # of a number, where all are one, or much alike
REASONS = {"events": "as many as were asked for", "timeout": "the time was up",
           "interrupted": "it was told to stop", "ended": "the producer had no more",
           "failed": "something went wrong"}


def lines(result: Any) -> Iterator[str]:
    """The numbers of events, the statistics and histogram of each column, the dead time, and why it
    ended."""
    kept = [f"{number:,} {what}" for what in ("dropped", "unprocessed")
            if (number := getattr(result, what))]
    yield f"total      {', '.join([f'{result.events:,}', *kept])}"
    for column, (counts, edges), mean, std, least, most in columns(result):
        if result.columns != ("value",):
            yield f"{printable(column)}:"
        digits = digits_between(least, most)
        yield f"mean       {mean:.{digits}g}"
        yield f"std        {std:.{DIGITS}g}"
        yield f"min        {least:.{digits}g}"
        yield f"max        {most:.{digits}g}"
        yield from bars(counts, edges, digits)
    yield f"dead time  {100 * result.dead_time:.2f} % of {result.elapsed:.2f} s"
    yield f"reason     {result.reason}: {REASONS[result.reason]}"


def columns(result: Any) -> list[tuple[Any, ...]]:
    """(name, histogram, mean, std, min, max) of each."""
    one = result.columns == ("value",)
    return list(zip(*([field] if one else field for field in (
        *([result.columns[0]] if one else [result.columns]),
        result.histogram, result.mean, result.std, result.min, result.max)), strict=True))


def digits_between(least: float, most: float) -> int:
    """How many a number has to have, so that DIGITS of them tell those between these apart."""
    with np.errstate(all="ignore"):
        alike = np.log10(np.abs([least, most]).max() / np.subtract(most, least))
    return DIGITS + int(min(max(alike, 0), MOST_DIGITS - DIGITS)) if np.isfinite(alike) else DIGITS


def bars(counts: NDArray[np.int64], edges: NDArray[np.float64], digits: int) -> Iterator[str]:
    """A row for each bin, or for several together: its lower edge, a bar, the count."""
    counts, edges = coarser(counts, edges, BARS)
    texts = [f"{edge:.{digits}g}" for edge in edges[:-1]]
    width = max(map(len, texts), default=0)
    for text, count in zip(texts, counts.tolist(), strict=True):
        bar = "#" * -(-BAR_WIDTH * count // int(counts.max()))
        yield f"  {text:>{width}} |{bar} {count}" if count else f"  {text:>{width}} |"


def coarser(counts: NDArray[np.int64], edges: NDArray[np.float64], most: int) -> Histogram:
    """The same histogram with at most so many bins, by adding neighbours up."""
    while len(counts) > most:
        width = edges[1] - edges[0]
        before = int(edges[0] / width) % 2          # so that the new edges are round, too
        counts = np.pad(counts, (before, (before + len(counts)) % 2))
        with np.errstate(over="ignore"):
            edges = edges[0] + width * (np.arange(0, len(counts) + 1, 2) - before)
        counts = counts.reshape(-1, 2).sum(axis=1)
    return counts, edges
