"""Rows of aligned columns, as dstat prints them: groups side by side, a row each delay."""
from __future__ import annotations

from hzstat import units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Value = float | None

BOLD, DIM, RED, YELLOW, PLAIN = "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[0m"
HIGH, RAISED = 0.9, 0.6         # shares that are coloured; the number says it all the same
BUSY = ("usr", "sys", "wai", "stl", "max")


def load(number: float | None) -> str:
    """A load average in at most 4 characters."""
    if number is None:
        return "-"
    return f"{number:.2f}" if number < 9.995 else f"{number:.1f}" if number < 99.95 \
        else f"{number:.0f}"


class Group:
    """Columns under one title: what to show, how wide, by which formatter."""

    __slots__ = ("columns", "format", "title", "width")

    def __init__(self, title: str, columns: Mapping[str, str], width: int,
                 format: Callable[[float | None], str]) -> None:
        self.title = units.printable(title)
        self.columns = columns          # value's name → heading
        self.width = width
        self.format = format

    def heading(self) -> str:
        span = len(self.columns) * (self.width + 1) - 1
        return self.title[:span].center(span, "-")

    def headings(self) -> str:
        return " ".join(heading.rjust(self.width) for heading in self.columns.values())

    def cells(self, values: Mapping[str, Value], colour: bool) -> str:
        return " ".join(self.cell(name, values.get(name), colour) for name in self.columns)

    def cell(self, name: str, value: Value, colour: bool) -> str:
        text = self.format(value).rjust(self.width)
        if not colour or value is None or name not in BUSY or value < RAISED:
            return text
        return f"{RED if value >= HIGH else YELLOW}{text}{PLAIN}"


def cpu_group(title: str) -> Group:
    return Group(title, {"usr": "usr", "sys": "sys", "idl": "idl", "wai": "wai", "stl": "stl",
                         "max": "max"}, 3, units.percent)


def memory_group() -> Group:
    return Group("memory", {"used": "used", "avai": "avai"}, 5, units.size)


def net_group(title: str) -> Group:
    return Group(title, {"recv": "recv", "recv_max": "max", "send": "send", "send_max": "max"},
                 5, units.size)


def load_group() -> Group:
    return Group("load-avg", {"load1": "1m", "load5": "5m", "load15": "15m"}, 4, load)


def header(groups: Sequence[Group], colour: bool) -> str:
    """The two lines above the rows, without a newline at the end."""
    titles = " ".join(group.heading() for group in groups)
    names = "|".join(group.headings() for group in groups)
    return f"{DIM}{titles}{PLAIN}\n{BOLD}{names}{PLAIN}" if colour else f"{titles}\n{names}"


def row(groups: Sequence[Group], values: Sequence[Mapping[str, Value]], colour: bool) -> str:
    """One row; `values` are in the order of `groups`. What is missing shows as `-`."""
    return "|".join(group.cells(value, colour)
                    for group, value in zip(groups, values, strict=True))
