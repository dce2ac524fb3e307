"""What each pixel of a timeline shows: of its time the lowest, the highest and the mean.

So a burst of one sample is seen however long the recording is.
"""
from __future__ import annotations

import numpy as np

from . import gaps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .evened import Evened
    from .metrics import Metric
    from .recording import Recording
    from .stretch import Floats


PIXELS = 1300               # of the width of a panel
SHORTEST_NS = 1000          # that a pixel takes: times of today, as floats, are right to 256 ns


class Line:
    """A metric in each pixel: lowest, highest and mean, NaN where nothing is known; `most` is the
    highest of all, 0 at least."""

    def __init__(self, metric: Metric, low: Floats, high: Floats, mean: Floats) -> None:
        self.metric = metric
        self.low = low
        self.high = high
        self.mean = mean
        self.most = float(np.nanmax(high, initial=0))


class Pixels:
    """The metrics of a recording, pixel by pixel. `edges`: the instants in ns between which its
    pixels lie; `lines`: of each source those that were taken, by their group and unit."""

    def __init__(self, recording: Recording) -> None:
        start_ns = recording.start_ns
        end_ns = max(recording.end_ns, start_ns + SHORTEST_NS)
        count = min(PIXELS, (end_ns - start_ns) // SHORTEST_NS)
        self.edges = np.linspace(start_ns, end_ns, count + 1)
        self.lines: dict[str, dict[tuple[str, str], list[Line]]] = {
            source: {} for source in recording}

    def take(self, source: str, windows: Evened, metric: Metric, values: Floats) -> None:
        """Take in a metric's value in each window."""
        self.lines[source].setdefault((metric.group, metric.unit), []).append(
            by_pixel(metric, windows, values, self.edges))


def by_pixel(metric: Metric, windows: Evened, values: Floats, edges: Floats) -> Line:
    """The windows that a pixel's time is touched by, taken together."""
    first, last = windows.touching(edges[:-1], edges[1:])
    known = np.where(np.isnan(values), 0, windows.seconds)
    weighted = reduced(np.add, np.nan_to_num(values) * known, first, last)
    seconds = reduced(np.add, known, first, last)
    mean = np.divide(weighted, seconds, out=np.full(len(first), np.nan), where=seconds > 0)
    low, high = (reduced(reduce, values, first, last) for reduce in (np.fmin, np.fmax))
    for each in (low, high, mean):
        each[first == last] = np.nan
    return Line(metric, low, high, mean)


def reduced(reduce: np.ufunc, values: Floats, first: NDArray[np.intp],
            last: NDArray[np.intp]) -> Floats:
    """`reduce` over values[first:last] of each pixel; anything where first is last."""
    bounds = np.stack((first, last), axis=1).reshape(-1)
    padded = np.append(values, 0)           # as the last bound may be the end
    found: Floats = reduce.reduceat(padded, bounds)[::2]
    return found


def missing(found: NDArray[np.void], edges: Floats) -> Floats:
    """The share of each pixel's time that is missing by these gaps: of the time between the two
    records around one as much as ticks between them."""
    found = found[found["kind"] == gaps.MISSED]
    if not len(found):
        return np.zeros(len(edges) - 1)
    lengths = (found["end_ns"] - found["start_ns"]) * (found["missed"] / (found["missed"] + 1))
    times = np.stack((found["start_ns"], found["end_ns"]), axis=1).reshape(-1)
    until = np.stack((np.zeros(len(found)), lengths), axis=1).reshape(-1).cumsum()
    shares: Floats = np.diff(np.interp(edges, times, until)) / np.diff(edges)
    return shares
