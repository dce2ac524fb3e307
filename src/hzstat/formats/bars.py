"""The line as JSON: for waybar, an object a line; for i3bar and swaybar, their protocol."""
from __future__ import annotations

import json

from . import line
from .levels import ALARM, OK, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TOOLTIP = "CPU {cpu:.1%}: {usr:.1%} user, {sys:.1%} system, {wai:.1%} waiting\n" \
          "memory {mem:.1%}: {used:.1f} of {total:.1f} GiB\n" \
          "{net}: {recv:.3f} MiB/s received, {send:.3f} sent\n" \
          "load {load1:.2f} {load5:.2f} {load15:.2f}"
PEAKS = "\nat most, for a moment: CPU {cpu_max:.0%}, {recv_max:.3f} MiB/s received, " \
        "{send_max:.3f} sent"
# i3bar takes colours as #rrggbb. Both can be read on black and on white.
COLOURS = {WARN: "#d78700", ALARM: "#d70000"}
I3BAR_HEADER = '{"version":1}\n[\n[],'


def waybar(text: str, values: Mapping[str, object], level: str, sampled: bool) -> str:
    """What waybar's `custom` module reads with `"return-type": "json"`: text and tooltip (Pango
    markup), class (ok, warn or alarm), and percentage, of the CPU; none where that is missing."""
    shown: dict[str, object] = {
        "text": text, "tooltip": line.render(TOOLTIP + PEAKS * sampled, values), "class": level}
    busy = values.get("cpu")
    if isinstance(busy, float):
        shown["percentage"] = round(100 * busy)
    return json.dumps(shown)


def i3bar(text: str, short: str, level: str) -> str:
    """One more status line of one block, in i3bar's protocol; its beginning is I3BAR_HEADER."""
    block: dict[str, object] = {"name": "hzstat", "full_text": text, "short_text": short}
    if level != OK:
        block["color"] = COLOURS[level]
    if level == ALARM:
        block["urgent"] = True
    return f"{json.dumps([block])},"
