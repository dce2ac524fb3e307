"""Timelines of a recording: of each pixel's time the lowest, the highest and the mean.

So a burst of one sample is seen however long the recording is. Where ticks are missing the
background is grey, the darker the more.
"""
from __future__ import annotations

from math import ceil, log2

import numpy as np

from hzstat import units
from hzstat.errors import HzstatError, RecordingError

from . import gaps
from .evened import told
from .metrics import BYTE_RATE, BYTES, SHARE
from .output import whole_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .evened import Evened
    from .metrics import Metric
    from .recording import Recording

    Floats = NDArray[np.float64]

FORMATS = ("png", "svg", "pdf")
WIDTH, PANEL_HEIGHT, MARGINS, DPI = 10.0, 1.7, 1.1, 150
PIXELS = 1300               # of the width of a panel
MOST_LINES = 5              # in a panel
COLOURS = ("#1f5fa8", "#d1602b", "#3d8f4f", "#8a5fb0", "#8a6d3b")
LONGEST_COMMAND = 60        # in the title
MOST_TICKS = 5              # of bytes, in powers of two
BAND = 0.4                  # opacity of what lies between the lowest and the highest
GAP, FAINTEST = "#c8c8c8", 0.2      # where all is missing; the opacity where hardly anything is
COUNTED = {"": "", SHARE: "share of time", BYTES: "bytes", BYTE_RATE: "bytes a second"}
# What a tick tells, and the end of the axis besides, where ticks are years, months, days, hours,
# minutes, seconds apart.
TICKS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S.%f"]
OFFSETS = ["", "", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"]
DAY_NS = 86_400_000_000_000


class Line:
    """A metric in each pixel: lowest, highest and mean, NaN where nothing is known; `most` is the
    highest of all, 0 at least."""

    def __init__(self, metric: Metric, low: Floats, high: Floats, mean: Floats) -> None:
        self.metric = metric
        self.low = low
        self.high = high
        self.mean = mean
        self.most = float(np.nanmax(high, initial=0))


def check(path: str) -> None:
    """HzstatError where this can't be drawn: told before anything is read."""
    if path.rpartition(".")[2].lower() not in FORMATS:
        raise HzstatError(f"{path}: name a file that ends with .{', .'.join(FORMATS)}")
    figure_type()


def figure_type() -> type[Figure]:
    """matplotlib's Figure, which a notebook shows by itself."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise HzstatError("a plot needs matplotlib, which isn't installed: "
                          "pip install 'hzstat[plot]'") from None

    class Timelines(Figure):
        def _repr_png_(self) -> bytes:
            from io import BytesIO
            file = BytesIO()
            self.savefig(file, format="png")
            return file.getvalue()

    return Timelines


def write(figure: Figure, path: str, force: bool = True) -> None:
    """Write it, as the end of `path` says. `force`: replace a file that is there."""
    with whole_file(path, force) as file:
        figure.savefig(file, format=path.rpartition(".")[2].lower())


def draw(recording: Recording, fields: Iterable[str] | None = None, by: float | None = None,
         full: bool = False) -> Figure:
    """The figure: a panel for each group of metrics that have one unit."""
    figure = figure_type()(dpi=DPI, layout="constrained")
    edges = np.linspace(recording.start_ns, max(recording.end_ns, recording.start_ns + 1),
                        PIXELS + 1)
    wanted = chosen(fields)
    panels = [panel for name in recording
              for panel in panels_of(recording, name, edges, by, wanted, full)]
    if not panels:
        raise RecordingError("there is nothing to draw: " + (
            f"no source has any of {', '.join(sorted(wanted))}" if wanted else
            "no source has records for one window"))
    figure.set_size_inches(WIDTH, MARGINS + PANEL_HEIGHT * len(panels))
    every = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    dates = edges / DAY_NS          # since the epoch, as matplotlib counts
    for axes, (source, lines) in zip(every, panels, strict=True):
        shade(axes, dates, missing(recording, source, edges))
        panel(axes, dates, lines)
    clock(every[-1], recording)
    every[-1].set_xlim(dates[0], dates[-1])
    figure.suptitle(title(recording), fontsize=10, parse_math=False)
    return figure


def chosen(fields: Iterable[str] | None) -> set[str] | None:
    return None if fields is None else {fields} if isinstance(fields, str) else set(fields)


def panels_of(recording: Recording, name: str, edges: Floats, by: float | None,
              fields: set[str] | None, full: bool) -> list[tuple[str, list[Line]]]:
    """The panels of a source: the metrics of a group that have one unit, few enough to be told
    apart. Those of which nothing but 0 is to be seen are left out where others are."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for windows, every in told(recording, name, by, full or fields is not None):
        some = [one for one in every if fields is None or fields & {
            one.group, one.name, f"{one.group} {one.name}", name}]
        for metric, values in windows.values(some) if len(windows) else ():
            groups.setdefault((metric.group, metric.unit), []).append(
                by_pixel(metric, windows, values, edges))
    found = []
    for lines in groups.values():
        seen = [line for line in lines if line.most > 0] or lines[:1]
        found += [(name, seen[i:i + MOST_LINES]) for i in range(0, len(seen), MOST_LINES)]
    return found


def by_pixel(metric: Metric, windows: Evened, values: Floats, edges: Floats) -> Line:
    """The windows that a pixel's time is touched by, taken together."""
    first, last = windows.touching(edges[:-1], edges[1:])
    known = np.where(np.isnan(values), 0, windows.seconds)
    weighted = sums(np.nan_to_num(values) * known, first, last)
    seconds = sums(known, first, last)
    mean = np.divide(weighted, seconds, out=np.full(len(first), np.nan), where=seconds > 0)
    low, high = (extremes(reduce, values, first, last) for reduce in (np.fmin, np.fmax))
    for each in (low, high, mean):
        each[first == last] = np.nan
    return Line(metric, low, high, mean)


def sums(values: Floats, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
    return extremes(np.add, values, first, last)


def extremes(reduce: np.ufunc, values: Floats, first: NDArray[np.intp],
             last: NDArray[np.intp]) -> Floats:
    """`reduce` over values[first:last] of each pixel; anything where first is last."""
    bounds = np.stack((first, last), axis=1).reshape(-1)
    padded = np.append(values, 0)           # as the last bound may be the end
    found: Floats = reduce.reduceat(padded, bounds)[::2]
    return found


def missing(recording: Recording, source: str, edges: Floats) -> Floats:
    """The share of each pixel's time that is missing: of the time between the two records around a
    gap as much as ticks between them."""
    found = recording.gaps(source)
    found = found[found["kind"] == gaps.MISSED]
    if not len(found):
        return np.zeros(len(edges) - 1)
    lengths = (found["end_ns"] - found["start_ns"]) * (found["missed"] / (found["missed"] + 1))
    times = np.stack((found["start_ns"], found["end_ns"]), axis=1).reshape(-1)
    until = np.stack((np.zeros(len(found)), lengths), axis=1).reshape(-1).cumsum()
    shares: Floats = np.diff(np.interp(edges, times, until)) / np.diff(edges)
    return shares


def shade(axes: Axes, dates: Floats, shares: Floats) -> None:
    """Grey where something is missing: the darker the more, and never too faint to be seen."""
    places = np.flatnonzero(shares > 0)
    if len(places):
        from matplotlib.colors import to_rgba_array
        bars = list(zip(dates[places], np.diff(dates)[places], strict=True))
        alpha = FAINTEST + (1 - FAINTEST) * shares[places].clip(0, 1)
        axes.broken_barh(bars, (0, 1), facecolors=to_rgba_array([GAP] * len(bars), alpha),
                         linewidth=0, antialiased=False, transform=axes.get_xaxis_transform(),
                         zorder=0)


def panel(axes: Axes, dates: Floats, lines: Sequence[Line]) -> None:
    """The lines in a pair of axes: a band between lowest and highest, the mean above it."""
    unit, group = lines[0].metric.unit, lines[0].metric.group
    for line, colour in zip(lines, COLOURS, strict=False):
        axes.stairs(line.high, dates, baseline=line.low, fill=True, color=colour, alpha=BAND,
                    linewidth=0.5)
        axes.stairs(line.mean, dates, baseline=None, color=colour, linewidth=1,
                    label=f" {line.metric.name}".replace("$", r"\$"))
    axes.yaxis.set_major_formatter(lambda value, _: amount(value, unit))
    most = max(line.most for line in lines)
    if unit == SHARE or not most:
        axes.set_ylim(0, max(1.0, 1.05 * most))
    elif unit.endswith("/s"):
        axes.set_ylim(0, 1.05 * most)
    if unit in (BYTES, BYTE_RATE):
        from matplotlib.ticker import MultipleLocator
        low, high = axes.get_ylim()
        step = max(1.0, 2.0 ** ceil(log2((high - low) / MOST_TICKS)))
        axes.yaxis.set_major_locator(MultipleLocator(step))
    axes.set_ylabel(COUNTED.get(unit, unit.replace("/s", " a second")), fontsize=8,
                    parse_math=False)
    axes.set_title(group, fontsize=9, loc="left", parse_math=False)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(lines), fontsize=8,
                frameon=False, borderaxespad=0.1, handlelength=1.2)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)


def amount(value: float, unit: str) -> str:
    if unit == SHARE:
        return f"{100 * value:.0f}%"
    return units.size(value, 3) if unit in (BYTES, BYTE_RATE) else units.count(value, 3)


def clock(axes: Axes, recording: Recording) -> None:
    """Wall-clock time, in the zone of the machine that recorded."""
    from matplotlib import dates
    zone = recording.when(recording.start_ns).tzinfo
    locator = dates.AutoDateLocator(zone, 4, 13)            # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator, zone, TICKS, zero_formats=TICKS, offset_formats=OFFSETS))


def title(recording: Recording) -> str:
    command = recording.meta.get("command")
    parts = [str(recording.meta.get("host") or recording.path),
             shortened(" ".join(map(str, command))) if command else "",
             f"{recording.when(recording.start_ns):%Y-%m-%d %H:%M:%S %z}",
             "cut short" if recording.cut_short else ""]
    return units.printable(" · ".join(filter(None, parts)))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_COMMAND else f"{text[:LONGEST_COMMAND]}…"
