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
    each window inside the row (of a gauge, at each sample), shape (n,), in no certain order.

    Of a row that comes in parts, then() has the number over all of them: the mean of theirs by
    `weight`; where that is 0, the last. What a counter tells is about the time from `since_ns` to
    `until_ns`.
    """

    __slots__ = ("inside", "over", "since_ns", "until_ns", "weight")

    def __init__(self, over: float | None = None, inside: NDArray[np.float64] | None = None,
                 weight: float = 0.0, since_ns: int = 0, until_ns: int = 0) -> None:
        self.over = over
        self.inside = np.empty(0) if inside is None else inside
        self.weight = weight
        self.since_ns = since_ns
        self.until_ns = until_ns

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
        return Moments(None if self.over is None else self.over * factor, self.inside * factor,
                       self.weight, self.since_ns, self.until_ns)

    def then(self, later: Moments) -> Moments:
        """Of this part and the one after it; of that alone, where it doesn't go on from here: a
        counter that was away, or began anew."""
        if later.since_ns != self.until_ns:
            return later
        weight = self.weight + later.weight
        over = later.over
        if weight:
            over = sum(part.over * part.weight for part in (self, later) if part.over is not None)
            over /= weight
        return Moments(over, np.concatenate((self.inside, later.inside)), weight, self.since_ns,
                       later.until_ns)

    def extremes(self) -> Moments:
        """The same, but that of those inside only the least and the most are kept."""
        ends = [self.inside.min(), self.inside.max()] if len(self.inside) else []
        return Moments(self.over, np.array(ends), self.weight, self.since_ns, self.until_ns)


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
        return standing(times)
    grown = (counted - counted[:1]).astype(np.float64)
    ends = window_ends(times, window_ns, slack_ns)
    starts = np.flatnonzero(ends < len(times))
    ends = ends[starts]
    seconds = (times - times[0]) / 1e9
    return Moments(float(grown[-1] / seconds[-1]),
                   (grown[ends] - grown[starts]) / (seconds[ends] - seconds[starts]),
                   float(seconds[-1]), int(times[0]), int(times[-1]))


def standing(times: NDArray[np.int64]) -> Moments:
    """Of a counter that is there, but can't tell anything yet."""
    return Moments(since_ns=int(times[0]), until_ns=int(times[-1])) if len(times) else NOTHING


def of_gauge(values: NDArray[Any]) -> Moments:
    """The last value, and all of them."""
    if not len(values):
        return NOTHING
    return Moments(float(values[-1]), values.astype(np.float64))


def mean_of(values: NDArray[Any]) -> Moments:
    """The mean, and all of them."""
    if not len(values):
        return NOTHING
    return Moments(float(values.mean()), values.astype(np.float64), len(values))


def over(numbers: Mapping[str, Moments]) -> dict[str, float | None]:
    """The numbers over the row alone."""
    return {name: moments.over for name, moments in numbers.items()}
