"""Colours by level, each in the language of whoever shows the line, and names made harmless in it.

A colour is foreground and background together where the bar's own is not known, so that it can be
read on any; and it only ever repeats what a number says.
"""
from __future__ import annotations

from hzstat import units

from .levels import ALARM, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .levels import Levels


def tmux_text(text: str) -> str:
    """A text that tmux shows as it is: `#` doubled, and the run of them ended.

    tmux looks at how many there are, and whether a `[` follows: the style `#[]`, which changes
    nothing, makes it the same whatever follows.
    """
    if "#" not in text:
        return text
    import re  # which costs half as much as Python's start
    return re.sub("#+", lambda hashes: f"{hashes[0] * 2}#[]", text)


def pango_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Markup:
    """How levels are shown: `opening` by level, `closing`; `escape` for what isn't ours."""

    __slots__ = ("closing", "escape", "opening")

    def __init__(self, opening: Mapping[str, str], closing: str,
                 escape: Callable[[str], str] = str) -> None:
        self.opening = opening
        self.closing = closing
        self.escape = escape

    def text(self, name: bytes | str) -> str:
        """A name from the kernel, with nothing in it that would be obeyed."""
        return self.escape(units.printable(name))

    def of(self, values: Mapping[str, object], levels: Levels,
           shown: Iterable[str]) -> dict[str, object]:
        """The values, with the colours of their levels about those that are shown."""
        found = dict(values)
        for name in shown:
            opening = self.opening.get(levels.of(name, values))
            if opening:
                found[name] = Marked(values[name], opening, self.closing)
        return found


class Marked:
    """A value that shows in a colour, by whatever format it is shown."""

    __slots__ = ("closing", "opening", "value")

    def __init__(self, value: object, opening: str, closing: str) -> None:
        self.value = value
        self.opening = opening
        self.closing = closing

    def __format__(self, spec: str) -> str:
        return f"{self.opening}{self.value:{spec}}{self.closing}"

    def __str__(self) -> str:
        return f"{self.opening}{self.value}{self.closing}"

    __repr__ = __str__


PLAIN = Markup({}, "")
PANGO = Markup({}, "", pango_text)
ANSI = Markup({WARN: "\033[33m", ALARM: "\033[1;31m"}, "\033[0m")
TMUX_WARN, TMUX_ALARM = "fg=colour16,bg=colour214", "fg=colour231,bg=colour160"


def tmux(warn: str = TMUX_WARN, alarm: str = TMUX_ALARM) -> Markup:
    """tmux's, in these of its styles; afterwards it goes on in the bar's own."""
    return Markup({WARN: f"#[{warn}]", ALARM: f"#[{alarm}]"}, "#[default]", tmux_text)
