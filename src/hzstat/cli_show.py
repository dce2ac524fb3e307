"""Rows on the screen, and in files, of whatever yields spans: a running sampler, or a recording."""
from __future__ import annotations

import os
import sys

from .formats import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from .groups.panel import Panel
    from .spans import Spans

HEADER_LINES = 3        # and one for the cursor


def add_show(parser: argparse.ArgumentParser) -> None:
    """How rows come to the screen."""
    add = parser.add_argument
    add("--color", choices=("auto", "always", "never"), default="auto",
        help="colours and bold (default: in a terminal, unless NO_COLOR is set)")
    add("--nocolor", dest="color", action="store_const", const="never", help="as --color=never")
    add("--noheaders", action="store_true", help="the header once, and not once a screenful")


def show(every: Iterable[Spans], panels: Sequence[Panel], arguments: argparse.Namespace) -> None:
    """Print a row for each of the spans, and the header once a screenful in a terminal."""
    terminal = sys.stdout.isatty()
    colour = {"always": True, "never": False}.get(
        arguments.color, terminal and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb")
    below_header = 0
    fit = len(panels)
    for at in every:
        if terminal:
            columns, lines = os.get_terminal_size(sys.stdout.fileno())
            if (now := rows.fitting(panels, columns)) != fit:
                fit, below_header = now, 0
        cut = fit < len(panels)
        if below_header == 0:
            print(rows.header(panels[:fit], colour, cut))
            below_header = max(1, lines - HEADER_LINES) if terminal and not arguments.noheaders \
                else -1
        values = [panel.values(at) for panel in panels[:fit]]
        print(rows.row(panels[:fit], values, colour, cut), flush=True)
        below_header -= 1
