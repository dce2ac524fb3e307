"""Figures with their spread: medians and quartiles of interleaved rounds."""
from __future__ import annotations

import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Figure = dict[str, Any]

SIGNIFICANT = 3         # digits of what is measured
FENCE = 1.5             # quartile ranges beyond the quartiles: an outlier (J. W. Tukey, 1977)


def figure(values: Sequence[float]) -> Figure:
    """The median of the rounds, the middle half of them, all of them, and which are outliers
    (numbers of rounds, from 1 on)."""
    low, median, high = 3 * [values[0]]
    if len(values) > 1:
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    reach = FENCE * (high - low)
    return {"median": median, "low": low, "high": high, "rounds": list(values),
            "outliers": [number for number, value in enumerate(values, 1)
                         if not low - reach <= value <= high + reach]}


def spread(figure: Figure, digits: int = 2) -> str:
    """`1.23 (1.20-1.31)`: with so many decimals, but fewer where three digits say enough."""
    least = abs(figure["low"])
    whole = len(str(int(least))) if least >= 1 else 0
    digits = min(digits, max(0, SIGNIFICANT - whole))
    return (f"{figure['median']:,.{digits}f} "
            f"({figure['low']:,.{digits}f}-{figure['high']:,.{digits}f})")


def ratios(values: Sequence[float], others: Sequence[float]) -> Figure:
    """Of each round's two."""
    return figure([a / b for a, b in zip(values, others, strict=True)])


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each way gives in each round; the ways take turns, so that noise strikes them alike."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for way in ways.values():
        way()               # warm
    for _ in range(rounds):
        for name, measure in ways.items():
            taken[name].append(measure())
    return taken
