"""What `?` shows, over the middle of the screen."""
from __future__ import annotations

from .line import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = ("q  Ctrl-C     end",
        "space         freeze what is shown; sampling goes on",
        "+  -          sample faster, slower",
        "c  m  n  l  d cpu, memory, net, load, disk: show or hide",
        "p             each CPU",
        "w             write the last ten seconds as a recording",
        "Ctrl-L        draw afresh",
        "?             this help",
        "",
        "Each column of dots is 0.1 s, from the least to the most of",
        "all samples in it; the lowest dot is 0. Numbers: now (half a",
        "second), and average, p99 and max of what is to be seen.",
        "CPU shares are over 50 ms, others over one sample.")
ROUND, PLAIN = ("╭", "╮", "╯", "╰", "─", "│"), ("+", "+", "+", "+", "-", "|")


def over(lines: Sequence[Line], plain: bool) -> list[Line]:
    """These lines with the help in their middle; what there is no room for is cut."""
    width = len(lines[0].text)
    box = boxed(HELP, PLAIN if plain else ROUND)
    left = max(0, (width - len(box[0].text)) // 2)
    top = max(0, (len(lines) - len(box)) // 2)
    return [line.over(box[number - top], left).fitted(width)
            if 0 <= number - top < len(box) else line for number, line in enumerate(lines)]


def boxed(lines: Sequence[str], around: tuple[str, ...]) -> list[Line]:
    """Lines in a box: of corners (from the upper left, clockwise), a rule across, one down."""
    width = max(map(len, lines))
    upper_left, upper_right, lower_right, lower_left, across, down = around
    return [Line(upper_left + across * (width + 2) + upper_right),
            *(Line(f"{down} {line.ljust(width)} {down}") for line in lines),
            Line(lower_left + across * (width + 2) + lower_right)]
