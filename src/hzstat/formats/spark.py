"""A curve of one line, a character a cell."""
from __future__ import annotations

from math import isnan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-:=+*@"       # for who can't show the blocks: low to high, and nothing that tmux obeys
GAP = " "


def characters(encoding: str | None) -> str:
    """The blocks, or what an encoding has in their place."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def sparkline(cells: Sequence[float], top: float, ramp: str = BLOCKS) -> str:
    """Numbers from 0 to `top`; what is more shows as the highest, nan as a gap.

    Only 0, or what is next to nothing, shows as the lowest, and only what comes near `top` as the
    highest.
    """
    steps = len(ramp) - 1
    return "".join(GAP if isnan(cell) else ramp[round(min(1.0, max(0.0, cell / top)) * steps)]
                   for cell in cells)
