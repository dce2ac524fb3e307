"""A group as it is shown: of which CPU, disk or interface, and with which bursts."""
from __future__ import annotations

from types import MappingProxyType

from hzstat.units import printable, screen_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Column, Group, Key

    Value = float | None
    Measured = Mapping[str, Moments]        # by the columns' names

NONE: Measured = MappingProxyType({})
LONGEST_TITLE = 24
OVER = ""           # the statistic of what is no burst


class Cell:
    """One column of the screen: a Column's number over the row (OVER), or a burst of it."""

    __slots__ = ("column", "heading", "levels", "name", "scale", "statistic", "suffix", "text",
                 "unit", "width")

    def __init__(self, column: Column, statistic: str, look: Look) -> None:
        quantity = column.bits if look.bits else column.quantity
        self.column = column.name
        self.statistic = statistic
        self.name = f"{column.name}_{statistic}" if statistic else column.name
        self.heading = statistic or column.heading
        self.levels = column.levels
        self.unit, self.suffix, self.scale = quantity.unit, quantity.suffix, quantity.scale
        width, self.text = quantity.fitted(look.delay, look.precise)
        self.width = max(width, len(self.heading))

    def of(self, moments: Moments | None) -> Value:
        if moments is None:
            return None
        return moments.burst(self.statistic) if self.statistic else moments.over


class Look:
    """How all panels are shown: in rows of `delay` seconds, with these `bursts` (None: each
    group's own), traffic in `bits`, and `precise`, with more digits."""

    __slots__ = ("bits", "bursts", "delay", "precise")

    def __init__(self, delay: float, bursts: Sequence[str] | None = None, bits: bool = False,
                 precise: bool = False) -> None:
        self.delay = delay
        self.bursts = bursts
        self.bits = bits
        self.precise = precise


class Panel:
    """Cells under one title, and their values in a row.

    `key` says of which CPU (an int), disk or interface (bytes) they are; None: of all together.
    `width` is that of its lines, `slug` what its columns are called by in files.
    """

    def __init__(self, group: Group, key: Key, look: Look) -> None:
        self.group = group
        self.key = key
        self.look = look
        self.cells = list(cells_of(group, look))
        name = "" if key is None else str(key) if isinstance(key, int) else printable(key)
        self.slug = f"{group.name}_{name or 'total'}" if group.choice else group.name
        # A unit that all cells share stands once, in the title.
        units = {cell.unit for cell in self.cells}
        unit = f"[{units.pop()}]" if len(units) == 1 and units != {""} else ""
        title = f"{group.prefix}{name}" if name else group.title
        self.title = f"{title[:LONGEST_TITLE]}{unit}"
        room = sum(cell.width + 1 for cell in self.cells) - 1
        lacking = max(0, screen_width(self.title) - room)
        self.cells[0].width += lacking
        self.width = room + lacking
        self.extremes = {cell.statistic for cell in self.cells} <= {OVER, "max", "min"}

    def without_bursts(self) -> Panel:
        """The same, narrower; over() has its values."""
        return Panel(self.group, self.key, Look(self.look.delay, (), self.look.bits,
                                                self.look.precise))

    def over(self, values: Sequence[Value]) -> list[Value]:
        """Of the values of all cells those that are no bursts."""
        return [value for cell, value in zip(self.cells, values, strict=True)
                if cell.statistic == OVER]

    def names(self) -> Iterator[str]:
        """What the cells' columns are called in files, without their units."""
        for cell in self.cells:
            alone = cell.name.startswith(self.group.name) and not self.group.choice
            yield cell.name if alone else f"{self.slug}_{cell.name}"

    def measured(self, at: Spans, before: Measured = NONE) -> Measured:
        """The numbers of the columns in the row that `at` is about, or in a part of it; `before`:
        in the parts before."""
        found = self.group.measure(at, self.key)
        if before:
            found = {name: before[name].then(later) if name in before else later
                     for name, later in found.items()}
        if at.part and self.extremes:
            found = {name: moments.extremes() for name, moments in found.items()}
        return found

    def values(self, found: Measured) -> list[Value]:
        """The values of the cells by the numbers of the columns; None for what can't be told."""
        return [cell.of(found.get(cell.column)) for cell in self.cells]


def cells_of(group: Group, look: Look) -> Iterator[Cell]:
    bursts = group.bursts if look.bursts is None else look.bursts
    for column in group.columns:
        if column.heading:
            yield Cell(column, OVER, look)
        if column.burst:
            for statistic in bursts:
                yield Cell(column, statistic, look)
