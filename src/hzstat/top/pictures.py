"""The part of the screen between its heading and its last lines: lanes with their numbers."""
from __future__ import annotations

import math
import time

from .frame import Extent, drawn, fitting, heights
from .groups import GROUPS
from .lanes import lanes
from .line import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .feeds import Feed
    from .glyphs import Glyphs
    from .lanes import Lane
    from .timeline import Numbers

NUMBERS_SECONDS = 0.5           # no one reads ten numbers a second


class Pictures:
    """Of the `groups` that are shown, by their keys, and of `each_cpu`. `reasons`: why a source is
    missing. `hidden`: lanes that there was no room for. `renewed`: were the numbers computed anew
    for the last lines()?"""

    def __init__(self, glyphs: Glyphs, rule: str, reasons: Mapping[str, str]) -> None:
        self.glyphs = glyphs
        self.rule = rule
        self.reasons = reasons
        self.groups = set(GROUPS)
        self.each_cpu = False
        self.hidden = 0
        self.renewed = False
        self._lanes: list[tuple[Lane, Numbers | None]] = []
        self.forget()

    def forget(self) -> None:
        """Compute the numbers anew the next time, as something else may be shown."""
        self._made_at, self._made_for = -math.inf, (0, 0)

    def lines(self, feeds: Mapping[str, Feed], extent: Extent, room: int) -> list[Line]:
        """`room` lines of what the feeds have of this extent."""
        now = time.monotonic()
        self.renewed = now - self._made_at >= NUMBERS_SECONDS or self._made_for != (extent.count,
                                                                                    room)
        if self.renewed:
            self._made_at, self._made_for = now, (extent.count, room)
            every = list(lanes(feeds, self.reasons, self.groups, self.each_cpu))
            shown = fitting(every, room)
            self.hidden = len(every) - len(shown)
            self._lanes = [(lane, extent.numbers(lane.timeline, lane.series)) for lane in shown]
        rooms = heights([lane for lane, _ in self._lanes], room)
        found = [line for (lane, numbers), height in zip(self._lanes, rooms, strict=True)
                 for line in drawn(lane, height, extent, numbers, self.glyphs, self.rule)]
        return found + [Line()] * (room - len(found))
