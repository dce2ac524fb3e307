"""What a group of columns is: its name and options, its sources, its columns, their formulas."""
from __future__ import annotations

import os

from hzstat.shares import TOTAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hzstat.moments import Moments
    from hzstat.procfs import Root
    from hzstat.spans import Spans

    from .quantity import Quantity

    Key = int | bytes | None            # which CPU, disk or interface; None for the total
    Measure = Callable[[Spans, Key], Mapping[str, Moments]]


def by_name(keys: Iterable[int | bytes]) -> dict[str, int | bytes]:
    """The keys of CPUs, disks or interfaces by their names; without the CPUs' total."""
    return {str(key) if isinstance(key, int) else os.fsdecode(key): key
            for key in keys if key != TOTAL}


def every(names: Sequence[str], root: Root) -> Sequence[str]:
    return names


class Column:
    """One number of a group: its `name`, the `heading` over it, its Quantity, and how it is had.

    `burst`: whether it can have columns for the extremes inside a row. With no heading these
    are all that is shown of it. `levels`: from which value on it is raised, and high. `bits`: the
    Quantity where traffic is counted in bits.
    """

    __slots__ = ("bits", "burst", "formula", "heading", "levels", "name", "quantity")

    def __init__(self, name: str, heading: str, quantity: Quantity, formula: str, *,
                 burst: bool = True, levels: tuple[float, float] | None = None,
                 bits: Quantity | None = None) -> None:
        self.name = name
        self.heading = heading
        self.quantity = quantity
        self.formula = formula
        self.burst = burst
        self.levels = levels
        self.bits = bits or quantity


class Choice:
    """How the CPUs, disks or interfaces of a group are chosen: by option `letter`, from the rows
    of `source` by their `field`. `single`: which of these names --full shows."""

    __slots__ = ("field", "letter", "metavar", "single", "source", "what")

    def __init__(self, letter: str, metavar: str, what: str, source: str, field: str,
                 single: Callable[[Sequence[str], Root], Sequence[str]] = every) -> None:
        self.letter = letter
        self.metavar = metavar
        self.what = what
        self.source = source
        self.field = field
        self.single = single


class Group:
    """Columns that are shown together, under a `title`, and of one of many (CPU, disk, interface)
    under `prefix` and its name.

    `name` is its long option, too, and `aliases` are taken for it. `measure` has the numbers of
    the columns from the records of a row. `bursts`: the extremes that are shown unless others
    are asked for. `over_time`: whether a row needs two samples at least.
    """

    __slots__ = ("aliases", "bursts", "choice", "columns", "help", "letter", "measure",
                 "name", "over_time", "prefix", "sources", "title")

    def __init__(self, name: str, letter: str, title: str, help: str, sources: tuple[str, ...],
                 columns: tuple[Column, ...], measure: Measure, *, aliases: tuple[str, ...] = (),
                 bursts: tuple[str, ...] = (), choice: Choice | None = None, prefix: str = "",
                 over_time: bool = False) -> None:
        self.name = name
        self.letter = letter
        self.title = title
        self.help = help
        self.sources = sources
        self.columns = columns
        self.measure = measure
        self.aliases = aliases
        self.bursts = bursts
        self.choice = choice
        self.prefix = prefix
        self.over_time = over_time

    @property
    def options(self) -> list[str]:
        """As they are given on the command line."""
        return [*([f"-{self.letter}"] if self.letter else []),
                f"--{self.name}"]

    def __repr__(self) -> str:
        return f"<Group {self.name}: {' '.join(column.name for column in self.columns)}>"
