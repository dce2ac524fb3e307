"""Running statistics: mean and spread that stay exact, and a histogram whose bins double in width.

Each batch is merged as T. F. Chan, G. H. Golub and R. J. LeVeque do (1979): what numpy says of all
values at once comes out, to the last few bits, however many there are and however far from 0.

Bins lie on one grid for all widths: bin j of width 2^e begins at j 2^e. So two neighbours make one
bin of twice the width exactly, and no count is lost or guessed when the range has to grow.
"""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

BINS = 128              # at most; half of them at least are used once values differ
MANTISSA_BITS = 53
SMALLEST_EXPONENT = -1074
LARGEST_ORIGIN = 1e300      # so that no distance from it is too large for a number
COLUMN = np.dtype([("count", "i8"), ("origin", "f8"), ("mean", "f8"), ("squares", "f8"),
                   ("min", "f8"), ("max", "f8"),
                   ("exponent", "i8"), ("first", "i8"), ("bins", "i8", (BINS,))])


class Statistics:
    """The statistics of each numeric field of records of `dtype`, `time_ns` apart.

    `state` is all that is known, one numpy record, to be stored or moved: `events`, and a COLUMN
    for each of `names`. An array field is one column, of all its elements.
    """

    def __init__(self, dtype: np.dtype[Any], leave_out: str) -> None:
        self.names = tuple(name for name in dtype.names or ()
                           if name != leave_out and dtype[name].base.kind in "biuf")
        self._whole = tuple(dtype[name].base.kind != "f" for name in self.names)
        self.state = np.zeros(1, [("events", "i8"), ("columns", COLUMN, (len(self.names),))])

    @property
    def events(self) -> int:
        """How many records were added."""
        return int(self.state["events"][0])

    def add(self, batch: NDArray[np.void]) -> None:
        """Take in the records of `batch`, of shape (n,)."""
        for name, whole, column in zip(self.names, self._whole, self.state["columns"][0],
                                       strict=True):
            values = batch[name].astype("f8").ravel()
            if len(values):
                with np.errstate(all="ignore"):     # inf and NaN are values, as numpy has them
                    merge(column, values)
                finite = values[np.isfinite(values)]
                if len(finite):
                    tally(column, finite, whole)
        self.state["events"] += len(batch)


def merge(column: Any, values: NDArray[np.float64]) -> None:
    """Take `values` into the count, mean, squares (of the distances from the mean), min and max.

    The mean is kept as its distance from the first value, which is finer than the mean itself where
    values lie close together and far from 0."""
    before, more = int(column["count"]), len(values)
    if before == 0:
        column["min"], column["max"] = values.min(), values.max()
        column["origin"] = values[0] if abs(values[0]) < LARGEST_ORIGIN else 0
    distances = values - column["origin"]
    mean = distances.mean()
    share = more / (before + more)
    step = mean - column["mean"]
    column["squares"] += np.square(distances - mean).sum() + before * share * step * step
    column["mean"] += step * share
    column["min"] = np.minimum(column["min"], values.min())
    column["max"] = np.maximum(column["max"], values.max())
    column["count"] = before + more


def mean(columns: Any) -> Any:
    """The mean of each of `columns`; NaN where there are no values."""
    return np.where(columns["count"] > 0, columns["origin"] + columns["mean"], np.nan)


def std(columns: Any) -> Any:
    """The standard deviation of each population; NaN where there are no values."""
    with np.errstate(invalid="ignore"):
        return np.sqrt(columns["squares"] / np.where(columns["count"] > 0, columns["count"],
                                                     np.nan))


def tally(column: Any, values: NDArray[np.float64], whole: bool) -> None:
    """Count finite `values` into the bins, after widening these until they have room for all."""
    used = np.flatnonzero(column["bins"])
    numbers = used + column["first"]
    counts = column["bins"][used]
    ends = np.array([values.min(), values.max()])
    exponent = max(finest(ends), 0 if whole else SMALLEST_EXPONENT)
    if len(used):
        exponent = max(exponent, int(column["exponent"]))
        numbers >>= exponent - column["exponent"]
    while True:
        first, last = bins_of(ends, exponent).tolist()
        if len(used):
            first, last = min(first, int(numbers[0])), max(last, int(numbers[-1]))
        if last - first < BINS:
            break
        exponent += 1
        numbers >>= 1
    column["exponent"], column["first"] = exponent, first
    column["bins"] = 0
    np.add.at(column["bins"], numbers - first, counts)
    column["bins"] += np.bincount(bins_of(values, exponent) - first, minlength=BINS)


def finest(ends: NDArray[np.float64]) -> int:
    """The exponent of the finest bins whose numbers are exact, for values between these."""
    return max(int(np.frexp(np.abs(ends).max())[1]) - MANTISSA_BITS, SMALLEST_EXPONENT)


def bins_of(values: NDArray[np.float64], exponent: int) -> NDArray[np.int64]:
    """The number of the bin that each value is in."""
    scaled = np.ldexp(values, -exponent)
    numbers: NDArray[np.int64] = np.floor(scaled).astype("i8")
    numbers -= (scaled == 0) & (values < 0)     # so near to 0 that it scales to it
    return numbers


def histogram(column: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(counts of shape (n,), edges of shape (n + 1,)), from the first bin that isn't empty to the
    last. Of no values, ([], [nan])."""
    used = np.flatnonzero(column["bins"])
    if not len(used):
        return np.zeros(0, "i8"), np.full(1, np.nan)
    start, end = used[0], used[-1] + 1
    with np.errstate(over="ignore"):        # the last edge may be beyond the largest number
        edges = np.ldexp(column["first"] + np.arange(start, end + 1, dtype="f8"),
                         int(column["exponent"]))
    return column["bins"][start:end].copy(), edges
