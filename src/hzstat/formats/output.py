"""A status line's values → text, in the colours and the protocol of whoever shows it."""
from __future__ import annotations

import os

from . import line, markup
from .levels import Levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .markup import Markup

JSON, I3BAR = "json", "i3bar"
MARKUPS: dict[str, Markup] = {"plain": markup.PLAIN, "ansi": markup.ANSI, JSON: markup.PANGO,
                              I3BAR: markup.PLAIN}


class Renderer:
    """Call it with the fields of a line: its text. `header` comes before the first, and `asked`
    are the fields that have to be there."""

    def __init__(self, template: str, kind: str, levels: Levels, interface: bytes | None,
                 sampled: bool, tmux_styles: Mapping[str, str]) -> None:
        self.template = template
        self.kind = kind
        self.levels = levels
        self.sampled = sampled
        self.markup = MARKUPS.get(kind) or markup.tmux(**tmux_styles)
        self.shown = line.asked(template, sampled)
        self.asked = self.shown | self.beside()
        self.names = {"net": self.markup.text(interface or "total"),
                      "host": self.markup.text(os.uname().nodename)}
        self.header = ""
        if kind == I3BAR:
            from .bars import I3BAR_HEADER
            self.header = I3BAR_HEADER

    def beside(self) -> set[str]:
        """What is told beside the template."""
        if self.kind == JSON:
            return {*line.FIELDS, *(line.PEAKS if self.sampled else ())}
        return {*line.FIELDS} if self.kind == I3BAR else set()

    def __call__(self, values: Mapping[str, object]) -> str:
        values = {**values, **self.names}
        text = line.render(self.template, self.markup.of(values, self.levels, self.shown))
        if self.kind == JSON:
            from . import bars
            return bars.waybar(text, values, self.levels.worst(values), self.sampled)
        if self.kind == I3BAR:
            from . import bars
            return bars.i3bar(text, line.render(line.MINIMAL, values), self.levels.worst(values))
        return text
