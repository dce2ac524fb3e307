"""One line of the screen: a text, and how its parts are styled."""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Line:
    """Grows from left to right. `runs`: (start, style), each until the next one's start."""

    __slots__ = ("runs", "text")

    def __init__(self, text: str = "", style: str = "") -> None:
        self.text = text
        self.runs: list[tuple[int, str]] = [(0, style)]

    def add(self, text: str, style: str = "") -> Line:
        if text and self.runs[-1][1] != style:
            if self.runs[-1][0] == len(self.text):
                self.runs.pop()
            self.runs.append((len(self.text), style))
        self.text += text
        return self

    def append(self, text: str, runs: Iterable[tuple[int, str]]) -> Line:
        """Add a text whose runs are known."""
        for start, style in runs:
            if self.runs[-1][1] != style:
                self.runs.append((len(self.text) + start, style))
        self.text += text
        return self

    def extend(self, parts: Iterable[tuple[str, str]]) -> Line:
        for text, style in parts:
            self.add(text, style)
        return self

    def fitted(self, width: int) -> Line:
        """Just so wide."""
        line = Line()
        line.text = self.text[:width].ljust(width)
        line.runs = [run for run in self.runs if run[0] < width]
        return line

    def with_right(self, text: str, width: int) -> Line:
        """With a text at the right end of so many places, if there is room for it."""
        left = width - len(text) - len(self.text)
        return self.add(f"{' ' * left}{text}") if left > 1 else self

    def over(self, other: Line, left: int) -> Line:
        """With another line written over it from `left` on."""
        end = left + len(other.text)
        return Line().extend([*self.parts(0, left), *other.parts(0, len(other.text)),
                              *self.parts(end, len(self.text))])

    def parts(self, start: int, stop: int) -> list[tuple[str, str]]:
        """The (text, style) of what is between two places."""
        edges = [*(begin for begin, _ in self.runs), len(self.text)]
        return [(self.text[max(begin, start):min(end, stop)], style)
                for (begin, style), end in zip(self.runs, edges[1:], strict=True)
                if begin < stop and end > start]

    def painted(self, start: int, stop: int, styles: Mapping[str, str]) -> str:
        """What to send for what is between two places."""
        return "".join(f"\033[{styles[style]}m{text}\033[m" if styles.get(style) else text
                       for text, style in self.parts(start, stop))

    def differs(self, other: Line) -> tuple[int, int] | None:
        """From where to where this line, as long as the other, looks otherwise; None: nowhere."""
        if self.text == other.text and self.runs == other.runs:
            return None
        if self.runs != other.runs or len(self.text) != len(other.text):
            return 0, len(self.text)
        here, there = (np.frombuffer(line.text.encode("utf-32-le"), np.uint32)
                       for line in (self, other))
        places = np.flatnonzero(here != there)
        return int(places[0]), int(places[-1]) + 1
