"""Rows of aligned columns, as dstat prints them: groups side by side, a row each delay."""
from __future__ import annotations

from itertools import accumulate

from hzstat.units import screen_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hzstat.groups.panel import Cell, Panel, Value

# Of the sixteen colours that a terminal's theme chooses for its own background: red in bold and
# magenta are readable on light and on dark ones. The number says it all the same.
BOLD, DIM, RED, RAISED, PLAIN = "\033[1m", "\033[2m", "\033[31m", "\033[35m", "\033[0m"
HIGH = BOLD + RED
CUT = ">"               # at the end of a line that lacks panels


def width(panels: Sequence[Panel]) -> int:
    """How many columns all of them take, side by side."""
    return sum(panel.width + 1 for panel in panels) - 1


def fitting(panels: Sequence[Panel], columns: float) -> int:
    """How many of the panels fit into so many columns, with a mark where some are left out; at
    least one."""
    if width(panels) <= columns:
        return len(panels)
    with_mark = accumulate(panel.width + 1 for panel in panels)
    return max(1, sum(end <= columns for end in with_mark))


def header(panels: Sequence[Panel], colour: bool, cut: bool = False) -> str:
    """The two lines above the rows, without a newline at the end."""
    titles = " ".join(panel.title.center(panel.width + len(panel.title) - screen_width(panel.title),
                                         "-") for panel in panels)
    names = "|".join(" ".join(cell.heading.rjust(cell.width) for cell in panel.cells)
                     for panel in panels)
    mark = CUT if cut else ""
    return f"{DIM}{titles}{PLAIN}{mark}\n{BOLD}{names}{PLAIN}{mark}" if colour \
        else f"{titles}{mark}\n{names}{mark}"


def row(panels: Sequence[Panel], values: Sequence[Sequence[Value]], colour: bool,
        cut: bool = False) -> str:
    """One row; `values` are in the order of `panels`. What is missing shows as `-`."""
    return "|".join(" ".join(shown(cell, value, colour)
                             for cell, value in zip(panel.cells, those, strict=True))
                    for panel, those in zip(panels, values, strict=True)) + (CUT if cut else "")


def shown(cell: Cell, value: Value, colour: bool) -> str:
    text = cell.text(value).rjust(cell.width)
    if not colour or value is None or cell.levels is None or value < cell.levels[0]:
        return text
    return f"{HIGH if value >= cell.levels[1] else RAISED}{text}{PLAIN}"
