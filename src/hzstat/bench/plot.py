"""Tables as bars with their spread: one style for all benches."""
from __future__ import annotations

from hzstat.errors import HzstatError
from hzstat.recordings.output import PICTURES, ending, write_picture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .frame import Table

WIDTH, BAR_HEIGHT, TABLE_HEIGHT = 8.0, 0.32, 0.9
FILL, LINE = "#9db8d9", "#303030"       # apart from each other in grey, too
LOG_FROM = 50.0                         # times the least, where bars need a logarithmic scale


def check(path: str) -> None:
    """HzstatError where this can't be drawn: told before anything is measured."""
    if ending(path) not in PICTURES:
        raise HzstatError(f"--plot {path}: name a file that ends with .{', .'.join(PICTURES)}")
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise HzstatError("--plot needs matplotlib, which isn't installed: "
                          "pip install 'hzstat[plot]'") from None


def bars(tables: Sequence[Table], path: str, caption: str, force: bool) -> None:
    """Draw each table's column `bars` into the file `path` (png, svg, pdf), the caption below.
    `force`: replace a file that is there.

    Where nothing is known of that column, the first one of which something is."""
    from matplotlib.figure import Figure
    tables = [table for table in tables if table.bars]
    heights = [TABLE_HEIGHT + BAR_HEIGHT * len(table.rows) for table in tables]
    figure = Figure((WIDTH, sum(heights)), layout="constrained")
    every = figure.subplots(len(tables), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, table in zip(every, tables, strict=True):
        known = [column for column in table.columns
                 if any(column.name in figures for figures in table.rows.values())]
        column = next((one for one in known if one.name == table.bars), known[0])
        rows = {way: figures[column.name] for way, figures in table.rows.items()
                if column.name in figures}
        medians = [one["median"] for one in rows.values()]
        spreads = [[max(0, one["median"] - one["low"]) for one in rows.values()],
                   [max(0, one["high"] - one["median"]) for one in rows.values()]]
        axes.barh(list(rows), medians, xerr=spreads, color=FILL, edgecolor=LINE, ecolor=LINE,
                  capsize=3, height=0.7)
        axes.invert_yaxis()
        if medians and min(medians) > 0 and max(medians) > LOG_FROM * min(medians):
            axes.set_xscale("log")
            axes.set_xlim(min(medians) / 2, max(medians) * 6)
        else:
            axes.set_xlim(0, 1.25 * max((one["high"] for one in rows.values()), default=1))
        for number, one in enumerate(rows.values()):
            axes.annotate(f"{one['median']:,.{column.digits}f}", (one["high"], number),
                          xytext=(6, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_title(table.title, fontsize=10)
        axes.set_xlabel(column.title)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(caption, fontsize=7)
    write_picture(figure, path, force)
