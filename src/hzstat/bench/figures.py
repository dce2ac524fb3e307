"""Figures with their spread: medians and quartiles of interleaved rounds."""
from __future__ import annotations

import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Figure = dict[str, float]


def figure(values: Sequence[float]) -> Figure:
    """The median of the rounds, and the middle half of them."""
    low, median, high = statistics.quantiles(values, n=4) if len(values) > 1 else 3 * [values[0]]
    return {"median": median, "low": low, "high": high}


def spread(figure: Figure, digits: int = 2) -> str:
    return (f"{figure['median']:.{digits}f} "
            f"({figure['low']:.{digits}f}-{figure['high']:.{digits}f})")


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each way gives in each round; the ways take turns, so that noise strikes them alike."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for way in ways.values():
        way()               # warm
    for _ in range(rounds):
        for name, measure in ways.items():
            taken[name].append(measure())
    return taken
