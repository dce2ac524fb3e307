"""Rows on the screen, and for programs, of what yields spans: a running sampler, or a recording."""
from __future__ import annotations

import os
import sys

from .cli import note
from .cli_output import Output, add_output
from .formats import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from .groups.panel import Panel, Value
    from .spans import Spans

HEADER_LINES = 3        # and one for the cursor
ALL_OF_A_ROW = 10_000   # columns of the screen: more than any row takes


def add_show(parser: argparse.ArgumentParser, more: argparse._ArgumentGroup) -> None:
    """Where rows go; among `more` how they look."""
    add_output(parser, more)
    add = more.add_argument
    add("--color", choices=("auto", "always", "never"), default="auto",
        help="colours and bold (default: in a terminal, unless NO_COLOR is set)")
    add("--nocolor", dest="color", action="store_const", const="never", help="as --color=never")
    add("--noheaders", action="store_true", help="the header once, and not once a screenful")


def show(every: Iterable[Spans], panels: Sequence[Panel], arguments: argparse.Namespace,
         output: Output) -> None:
    """A row for each of the spans: to `output`, and to the screen unless that is stdout's."""
    screen = None if output.alone else Screen(panels, arguments)
    for at in every:
        values = [panel.values(at) for panel in panels]
        output.write(at.wall_end_ns, [those for panel, those in zip(panels, values, strict=True)
                                      if panel in output.panels])
        if screen:
            screen.print(values)


class Screen:
    """Rows below a header, which comes again once a screenful in a terminal. Of panels that don't
    fit into its width, those at the end are left out, and a mark stands in their place."""

    def __init__(self, panels: Sequence[Panel], arguments: argparse.Namespace) -> None:
        self.panels = panels
        self.terminal = sys.stdout.isatty()
        self.again = self.terminal and not arguments.noheaders
        self.colour: bool = {"always": True, "never": False}.get(
            arguments.color, self.terminal and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb")
        self.below_header = 0
        self.fit = len(panels)
        self.told = False

    def print(self, values: Sequence[Sequence[Value]]) -> None:
        columns, lines = os.get_terminal_size(sys.stdout.fileno()) if self.terminal \
            else (ALL_OF_A_ROW, 0)
        self.fit_into(columns)
        shown, cut = self.panels[:self.fit], self.fit < len(self.panels)
        if self.below_header == 0:
            print(rows.header(shown, self.colour, cut))
            self.below_header = max(1, lines - HEADER_LINES) if self.again else -1
        print(rows.row(shown, values[:self.fit], self.colour, cut), flush=True)
        self.below_header -= 1

    def fit_into(self, columns: int) -> None:
        fit = rows.fitting(self.panels, columns)
        if fit != self.fit:             # at first, or as the terminal was made wider or narrower
            self.fit, self.below_header = fit, 0
        if fit < len(self.panels) and not self.told:
            self.told = True
            wide = sum(panel.width + 1 for panel in self.panels) - 1
            note(f"{columns} columns are too few for all {wide}: "
                 f"{', '.join(panel.title for panel in self.panels[fit:])} left out; make the "
                 "terminal wider, ask for less, or try --burst none")
