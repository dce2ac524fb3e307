"""Timelines of a recording, by matplotlib. Where ticks are missing the background is grey, the
darker the more."""
from __future__ import annotations

from math import ceil, log2, log10

import numpy as np

from hzstat import units
from hzstat.errors import HzstatError, RecordingError

from .evened import windowed
from .metrics import BYTE_RATE, BYTES, SHARE
from .output import PICTURES, ending
from .pixels import Pixels, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .pixels import Line
    from .recording import Recording
    from .stretch import Floats


WIDTH, PANEL_HEIGHT, MARGINS, DPI = 10.0, 1.7, 1.1, 150
MOST_LINES = 5              # in a panel
COLOURS = ("#1f5fa8", "#d1602b", "#3d8f4f", "#8a5fb0", "#8a6d3b")
LONGEST_COMMAND = 60        # in the title
MOST_TICKS = 5              # of an axis of bytes, in powers of two
BAND = 0.4                  # opacity of what lies between the lowest and the highest
GAP, FAINTEST = "#c8c8c8", 0.2      # where all is missing; the opacity where hardly anything is
COUNTED = {"": "", SHARE: "share of time", BYTES: "bytes", BYTE_RATE: "bytes a second"}
# What a tick tells, and the end of the axis besides, where ticks are years, months, days, hours,
# minutes, seconds apart.
TICKS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S.%f"]
OFFSETS = ["", "", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"]
MOST_LONG_TICKS = 7         # of microseconds, which have most digits
SPINE_POINTS = 3
DAY_NS = 86_400_000_000_000


def check(path: str) -> None:
    """HzstatError where this can't be drawn: told before anything is read."""
    if ending(path) not in PICTURES:
        raise HzstatError(f"{path}: name a file that ends with .{', .'.join(PICTURES)}")
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


def draw(recording: Recording, fields: Iterable[str] | None = None, by: float | None = None,
         full: bool = False) -> Figure:
    """The figure of these fields (None: of what a report shows)."""
    pixels = Pixels(recording)
    wanted = None if fields is None else {fields} if isinstance(fields, str) else set(fields)
    for source in recording:
        for windows, every in windowed(recording, source, by, full or wanted is not None):
            some = [one for one in every if wanted is None or wanted & {
                one.group, one.name, f"{one.group} {one.name}", source}]
            for metric, values in windows.values(some) if len(windows) else ():
                pixels.take(source, windows, metric, values)
    return figure_of(recording, pixels, "no source has " + (
        "records for one window" if wanted is None else f"any of {', '.join(sorted(wanted))}"))


def figure_of(recording: Recording, pixels: Pixels,
              nothing: str = "no source has records for one window") -> Figure:
    """A panel for each group of metrics that have one unit. RecordingError, which says `nothing`,
    where there is none."""
    figure = figure_type()(dpi=DPI, layout="constrained")
    panels = [(source, lines) for source, groups in pixels.lines.items()
              for lines in panels_of(groups.values())]
    if not panels:
        raise RecordingError(f"there is nothing to draw: {nothing}")
    figure.set_size_inches(WIDTH, MARGINS + PANEL_HEIGHT * len(panels))
    every = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    dates = pixels.edges / DAY_NS       # since the epoch, as matplotlib counts
    for axes, (source, lines) in zip(every, panels, strict=True):
        shade(axes, dates, missing(recording.gaps(source), pixels.edges))
        panel(axes, dates, lines)
    clock(every[-1], recording)
    every[-1].set_xlim(dates[0], dates[-1])
    figure.suptitle(title(recording), fontsize=10, parse_math=False)
    return figure


def panels_of(groups: Iterable[list[Line]]) -> Iterator[list[Line]]:
    """The lines of each group, few enough to be told apart. Those of which nothing but 0 is to be
    seen are left out where others are."""
    for lines in groups:
        seen = [line for line in lines if line.most > 0] or lines[:1]
        for i in range(0, len(seen), MOST_LINES):
            yield seen[i:i + MOST_LINES]


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
    most = max(line.most for line in lines)
    if unit == SHARE or not most:
        axes.set_ylim(0, max(1.0, 1.05 * most))
    elif unit.endswith("/s"):
        axes.set_ylim(0, 1.05 * most)
    else:                                   # room below the lowest, too
        axes.use_sticky_edges = False
        axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
    low, high = axes.get_ylim()
    digits = max(3, 1 + ceil(log10(MOST_TICKS * high / (high - low))))  # tell tick from tick
    axes.yaxis.set_major_formatter(lambda value, _: amount(value, unit, digits))
    if unit in (BYTES, BYTE_RATE):
        from matplotlib.ticker import MultipleLocator
        step = max(1.0, 2.0 ** ceil(log2((high - low) / MOST_TICKS)))
        axes.yaxis.set_major_locator(MultipleLocator(step))
    axes.set_ylabel(COUNTED.get(unit, unit.replace("/s", " a second")), fontsize=8,
                    parse_math=False)
    axes.set_title(group, fontsize=9, loc="left", parse_math=False)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(lines), fontsize=8,
                frameon=False, borderaxespad=0.1, handlelength=1.2)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines["left"].set_position(("outward", SPINE_POINTS))     # or it would hide a pixel
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)


def amount(value: float, unit: str, digits: int) -> str:
    if unit == SHARE:
        return f"{100 * value:.0f}%"
    return (units.size if unit in (BYTES, BYTE_RATE) else units.count)(value, digits)


def clock(axes: Axes, recording: Recording) -> None:
    """Wall-clock time, in the zone of the machine that recorded."""
    from matplotlib import dates
    from matplotlib.dates import MICROSECONDLY
    zone = recording.when(recording.start_ns).tzinfo
    locator = dates.AutoDateLocator(zone, 4, 13)            # type: ignore[no-untyped-call]
    locator.maxticks[MICROSECONDLY] = MOST_LONG_TICKS
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
