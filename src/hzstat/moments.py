"""What a row can tell of one number: its value over the row, and those inside it."""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray


class Moments:
    """`over`: the number over all of the row, None where it can't be told. `inside`: what it was in
    each window inside the row (of a gauge, at each sample), shape (n,), in no certain order."""

    __slots__ = ("inside", "over")

    def __init__(self, over: float | None = None,
                 inside: NDArray[np.float64] | None = None) -> None:
        self.over = over
        self.inside = np.empty(0) if inside is None else inside

    def burst(self, statistic: str) -> float | None:
        """`max`, `min`, or a percentile (`p99`, `p99.9`) of those inside, by the nearest rank: one
        that really was. None where there is none."""
        if not len(self.inside):
            return None
        if statistic in ("max", "min"):
            return float(self.inside.max() if statistic == "max" else self.inside.min())
        share = float(statistic[1:]) / 100
        rank = max(0, int(np.ceil(share * len(self.inside) - 1e-9)) - 1)
        return float(np.partition(self.inside, rank)[rank])

    def times(self, factor: float) -> Moments:
        """The same in another unit."""
        return Moments(None if self.over is None else self.over * factor, self.inside * factor)


NOTHING = Moments()


def window_ends(times: NDArray[np.int64], window_ns: int, slack_ns: int) -> NDArray[np.intp]:
    """For each time the index of the first that is a window later; len(times) where none is.

    `slack_ns` of lateness may be missing from a window, so that jitter doesn't lengthen it.
    """
    return np.searchsorted(times, times + max(window_ns - slack_ns, 1))


def of_counter(times: NDArray[np.int64], counted: NDArray[Any], window_ns: int,
               slack_ns: int) -> Moments:
    """Growth a second of a counter that never falls: over all the times, and over each window."""
    if len(times) < 2:
        return NOTHING
    grown = (counted - counted[:1]).astype(np.float64)
    ends = window_ends(times, window_ns, slack_ns)
    starts = np.flatnonzero(ends < len(times))
    ends = ends[starts]
    seconds = (times - times[0]) / 1e9
    return Moments(float(grown[-1] / seconds[-1]),
                   (grown[ends] - grown[starts]) / (seconds[ends] - seconds[starts]))


def of_gauge(values: NDArray[Any]) -> Moments:
    """The last value, and all of them."""
    if not len(values):
        return NOTHING
    return Moments(float(values[-1]), values.astype(np.float64))


def mean_of(values: NDArray[Any]) -> Moments:
    """The mean, and all of them."""
    if not len(values):
        return NOTHING
    return Moments(float(values.mean()), values.astype(np.float64))


def over(numbers: Mapping[str, Moments]) -> dict[str, float | None]:
    """The numbers over the row alone."""
    return {name: moments.over for name, moments in numbers.items()}
