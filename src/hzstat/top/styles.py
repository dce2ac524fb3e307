"""Colours that can be read on light and on dark: none carries a meaning by itself."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN, BOLD, DIM, TITLE = "", "bold", "dim", "title"
CALM, RAISED, HIGH, TRAFFIC = "calm", "raised", "high", "traffic"

NONE: Mapping[str, str] = {}
MONO = {BOLD: "1", TITLE: "1", HIGH: "1"}
# The terminal's own colours, which its owner can read.
EIGHT = {BOLD: "1", TITLE: "1", DIM: "2", CALM: "32", RAISED: "33", HIGH: "1;31", TRAFFIC: "36"}
# Of middle lightness: three times as light as black and three times as dark as white, or more.
MANY = {**EIGHT, DIM: "38;5;244", CALM: "38;5;64", RAISED: "38;5;172", HIGH: "1;38;5;160",
        TRAFFIC: "38;5;31"}


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
