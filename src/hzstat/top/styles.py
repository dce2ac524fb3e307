"""Colours that can be read on light and on dark: none carries a meaning by itself."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN, BOLD, DIM, TITLE = "", "bold", "dim", "title"
CALM, RAISED, HIGH, TRAFFIC = "calm", "raised", "high", "traffic"

MONO = {BOLD: "1", TITLE: "1", HIGH: "1"}
# Of the sixteen that a terminal's theme chooses for its background, as rows have them.
EIGHT = {BOLD: "1", TITLE: "1", DIM: "2", RAISED: "35", HIGH: "1;31"}
# Of middle lightness: a contrast of 3 or more to black and to white.
MANY = {BOLD: "1", TITLE: "1", DIM: "38;5;244", CALM: "38;5;64", RAISED: "38;5;166",
        HIGH: "1;38;5;160", TRAFFIC: "38;5;31"}


def styles(colour: bool | None, environment: Mapping[str, str]) -> Mapping[str, str]:
    """What each style is to this terminal (an SGR's parameters); `colour`: None where the
    environment decides."""
    term = environment.get("TERM", "")
    if colour is None:
        colour = not environment.get("NO_COLOR") and not term.startswith(("vt1", "vt2"))
    if not colour:
        return MONO
    many = "256" in term or environment.get("COLORTERM") in ("truecolor", "24bit")
    return MANY if many else EIGHT
