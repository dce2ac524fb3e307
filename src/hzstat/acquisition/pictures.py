"""Histograms as files: a picture by matplotlib, a ROOT file by uproot, imported when used."""
from __future__ import annotations

import os
from importlib.util import find_spec

from hzstat.errors import HzstatError
from hzstat.formats.acquired import BARS, DIGITS, coarser, digits_between
from hzstat.recordings import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WIDTH, HEIGHT = 8.0, 3.6        # inches, of each column's
FILL, LINE = "#9db8d9", "#303030"


def check(option: str, path: str, force: bool) -> None:
    """HzstatError where this file can't be made: told before anything is taken."""
    module, extra = ("matplotlib", "plot") if option == "--plot" else ("uproot", "root")
    endings = output.PICTURES if option == "--plot" else ("root",)
    if output.ending(path) not in endings:
        raise HzstatError(f"{option} {path}: name a file that ends with .{', .'.join(endings)}")
    if not find_spec(module):
        raise HzstatError(f"{option} needs {module}, which isn't installed: "
                          f"pip install 'hzstat[{extra}]'")
    output.check(path, force)
    if not os.access(os.path.dirname(path) or ".", os.W_OK):
        raise HzstatError(f"{option} {path}: its folder isn't there, or nothing can be written "
                          "there: name another one")


def draw(columns: list[tuple[Any, ...]], path: str, force: bool, caption: str) -> None:
    """Draw the histogram of each of `columns` (name, histogram, mean, std, …) into a file."""
    from matplotlib.figure import Figure
    figure = Figure((WIDTH, HEIGHT * len(columns)), layout="constrained")
    every = figure.subplots(len(columns), 1, squeeze=False)[:, 0]
    for axes, column in zip(every, columns, strict=True):
        name, (counts, edges), mean, std, least, most = column
        if len(counts):
            # Rice's rule: with finer bins few events would show as a comb.
            counts, edges = coarser(counts, edges, max(BARS, round(2 * counts.sum() ** (1 / 3))))
            axes.stairs(counts, edges, fill=True, color=FILL)
            axes.stairs(counts, edges, color=LINE, linewidth=0.8)
        axes.set_title(f"{counts.sum():,} events, mean {mean:.{digits_between(least, most)}g}, "
                       f"std {std:.{DIGITS}g}", fontsize=10)
        axes.set_xlabel(name)
        axes.set_ylabel("events a bin")
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(caption, fontsize=7)
    output.write_picture(figure, path, force)


def write_root(columns: list[tuple[Any, ...]], path: str, force: bool) -> None:
    """Write the histogram of each of `columns` as a TH1D of its name."""
    import uproot
    with output.whole_file(path, force) as file, uproot.recreate(file) as root:
        for name, (counts, edges), *_ in columns:
            if len(counts):
                root[name] = counts.astype("f8"), edges
