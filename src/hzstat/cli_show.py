"""Rows on the screen, and for programs, of what yields spans: a running sampler, or a recording."""
from __future__ import annotations

import math
import os
import sys

from .cli import note
from .cli_output import Output, add_output
from .formats import rows
from .groups.panel import NONE
from .units import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from .groups.panel import Panel, Value
    from .spans import Spans

HEADER_LINES = 3        # and one for the cursor


def add_show(parser: argparse.ArgumentParser, more: argparse._ArgumentGroup) -> None:
    """Where rows go; among `more` how they look."""
    add_output(parser, more)
    add = more.add_argument
    add("--color", nargs="?", choices=("auto", "always", "never"), default="auto", const="always",
        help="colours and bold (default: in a terminal, unless NO_COLOR is set)")
    add("--nocolor", dest="color", action="store_const", const="never", help="as --color=never")
    add("--noheaders", action="store_true", help="the header once, and not once a screenful")


def show(every: Iterable[Spans], panels: Sequence[Panel], arguments: argparse.Namespace,
         output: Output) -> None:
    """A row for each of the spans: to `output`, and to the screen unless that is stdout's."""
    screen = None if output.alone else Screen(panels, arguments)
    nothing = before = [NONE] * len(panels)
    for at in every:
        found = [panel.measured(at, told) for panel, told in zip(panels, before, strict=True)]
        before = found if at.part else nothing
        if at.part:
            continue
        values = [panel.values(those) for panel, those in zip(panels, found, strict=True)]
        output.write(at.wall_end_ns, [those for panel, those in zip(panels, values, strict=True)
                                      if panel in output.panels])
        if screen:
            screen.print(values)


class Screen:
    """Rows below a header, which comes again once a screenful in a terminal. Where panels don't fit
    into its width, bursts are left out that nobody has asked for; and then the panels at the end,
    in whose place a mark stands."""

    def __init__(self, panels: Sequence[Panel], arguments: argparse.Namespace) -> None:
        self.all = panels
        self.slim = panels if arguments.burst else [panel.without_bursts() for panel in panels]
        self.panels: Sequence[Panel] = panels       # of which the first `fit` are shown
        self.terminal = sys.stdout.isatty()
        self.again = self.terminal and not arguments.noheaders
        self.colour: bool = {"always": True, "never": False}.get(
            arguments.color, self.terminal and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb")
        self.below_header = 0
        self.columns = 0            # of the terminal; it may be made wider, or narrower
        self.fit = len(panels)
        self.told = False

    def print(self, values: Sequence[Sequence[Value]]) -> None:
        columns, lines = os.get_terminal_size(sys.stdout.fileno()) if self.terminal else (0, 0)
        if columns != self.columns:
            self.columns = columns
            self.fit_into(columns or math.inf)      # a serial line doesn't know its size
        if self.panels is not self.all:
            values = [panel.over(those) for panel, those in zip(self.all, values, strict=True)]
        shown, cut = self.panels[:self.fit], self.fit < len(self.panels)
        if self.below_header == 0:
            print(rows.header(shown, self.colour, cut))
            self.below_header = max(1, lines - HEADER_LINES) if self.again and lines else -1
        print(rows.row(shown, values[:self.fit], self.colour, cut), flush=True)
        self.below_header -= 1

    def fit_into(self, columns: float) -> None:
        panels = self.all if rows.width(self.all) <= columns else self.slim
        fit = rows.fitting(panels, columns)
        if (panels, fit) != (self.panels, self.fit):
            self.panels, self.fit, self.below_header = panels, fit, 0
        left = [*(["bursts"] if panels is not self.all else []),
                *(panel.title for panel in panels[fit:])]
        if left and not self.told:
            self.told = True
            note(f"{columns} columns are too few for {rows.width(self.all)}, so {listed(left)} are "
                 "left out; make the terminal wider, or ask for less")
