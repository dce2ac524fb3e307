"""Lanes and a size → the lines of a screen.

    hzstat    now   avg   p99   max│-10s      -8s       -6s …
    cpu       12%    8%   50%   55%│⡇ ⡀                the picture, from every sample
    usr 4  sys 3  wai 0  stl 0 100%│⣇⣀⣇⣀
    …
    how it is sampled
    the keys, or what there is to tell
"""
from __future__ import annotations

from .glyphs import CELL_COLUMNS
from .line import Line
from .styles import BOLD, DIM, TITLE
from .timeline import COLUMN_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .glyphs import Glyphs
    from .lanes import Lane
    from .timeline import Numbers, Refined, Timeline

GUTTER = 30             # what is left of the pictures, with the rule between
NARROWEST, LOWEST = GUTTER + 10, 5
AROUND = 3              # lines that aren't lanes
NUMBERS = ("now", "avg", "p99", "max")
CELL_SECONDS = CELL_COLUMNS * COLUMN_NS / 1e9
LABEL_CELLS = 9         # between two labels of the time, at least


class Extent:
    """The columns that a screen of `width` has room for, up to the one of `now_ns`."""

    def __init__(self, now_ns: int, width: int) -> None:
        self.cells = max(0, width - GUTTER)
        last = now_ns // (CELL_COLUMNS * COLUMN_NS)     # whole cells, so that they don't flicker
        self.count = self.cells * CELL_COLUMNS
        self.first = (last + 1) * CELL_COLUMNS - self.count

    def numbers(self, timeline: Timeline | Refined | None, series: int) -> Numbers | None:
        """Those of a series over this extent."""
        return timeline.numbers(self.first, self.count, series) if timeline else None


def too_small(width: int, height: int) -> list[Line]:
    """What to show where nothing fits: never an error, as a window may pass through any size."""
    said = f"too small: {NARROWEST}x{LOWEST} or more, not {width}x{height}"
    return [Line(said if number == 0 else "").fitted(width) for number in range(height)]


def heading(extent: Extent, rule: str) -> Line:
    """The columns' names, and how long ago it was."""
    line = Line(f"{'hzstat':<6}", TITLE)
    line.add(f"{NUMBERS[0]:>5}" + "".join(f"{name:>6}" for name in NUMBERS[1:]) + rule, DIM)
    labels = [" "] * extent.cells
    step = next(step for step in (1, 2, 5, 10, 15, 20, 30, 60)
                if step >= LABEL_CELLS * CELL_SECONDS or step == 60)
    for seconds in range(0, int(extent.cells * CELL_SECONDS) + 1, step):
        text = f"-{seconds}s" if seconds else "now"
        end = extent.cells - round(seconds / CELL_SECONDS)
        if end >= len(text):
            labels[end - len(text):end] = text
    return line.add("".join(labels), DIM)


def fitting(lanes: Sequence[Lane], room: int) -> list[Lane]:
    """Those that there is room for: of many CPUs the last ones give way to other lanes."""
    spare = len(lanes) - room
    one_of_many = [number for number, lane in enumerate(lanes) if lane.one_of_many]
    leaving = set(one_of_many[-spare:] if spare > 0 else ())
    return [lane for number, lane in enumerate(lanes) if number not in leaving][:room]


def heights(lanes: Sequence[Lane], room: int) -> list[int]:
    """How many lines each lane has: one at least, then by weight."""
    if not lanes:
        return []
    whole = sum(lane.weight for lane in lanes)
    found = [max(1, room * lane.weight // whole) for lane in lanes]
    order = sorted(range(len(lanes)), key=lambda i: -lanes[i].weight)
    place = 0
    while (left := room - sum(found)) != 0:
        one = order[place % len(order)]
        if left > 0 or found[one] > 1:
            found[one] += 1 if left > 0 else -1
        place += 1
    return found


def drawn(lane: Lane, height: int, extent: Extent, numbers: Numbers | None, glyphs: Glyphs,
          rule: str) -> list[Line]:
    """A lane's lines: its numbers and what else there is to say of it, and its picture."""
    if lane.timeline is None:
        said = [*lane.details[:height], *[""] * (height - len(lane.details))]
        return [Line(lane.name if number == 0 else "", BOLD).fitted(GUTTER - 1).add(rule, DIM)
                .add(text[:extent.cells].ljust(extent.cells), DIM)
                for number, text in enumerate(said)]
    beside = [Line(lane.name, BOLD)]
    if numbers:
        for place, value in enumerate(numbers):
            width = 6 * (place + 1) + 5 - len(beside[0].text)
            beside[0].add(lane.format(value).rjust(width),
                          lane.style(value) if value is not None and lane.limits else "")
    beside += [Line(detail, DIM) for detail in lane.details[:height - 1]]
    beside += [Line() for _ in range(height - len(beside))]
    low, high = lane.timeline.columns(extent.first, extent.count, lane.series)
    top = lane.top(high)
    if height > 1:
        limit = f"0-{lane.format(top)}{lane.unit}"
        last = beside[-1]
        if len(last.text) + len(limit) < GUTTER - 1:
            beside[-1] = last.fitted(GUTTER - 1 - len(limit)).add(limit, DIM)
    runs = lane.runs(high)
    return [line.fitted(GUTTER - 1).add(rule, DIM).append(picture, runs)
            for line, picture in zip(beside, glyphs.picture(low, high, top, height), strict=True)]
