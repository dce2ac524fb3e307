"""Numbers and names for people: fixed widths, and nothing that can disturb a terminal."""
from __future__ import annotations

import unicodedata

KIBI = 1024.0


def size(number: float | None) -> str:
    """Bytes in at most 5 characters, 1024-based: `0B`, `812B`, `1.2k`, `  23M`; `-` for None."""
    if number is None:
        return "-"
    if number < 999.5:
        return f"{number:.0f}B"
    for prefix in "kMGTPE":
        number /= KIBI
        if number < 9.95:
            return f"{number:.1f}{prefix}"
        if number < 999.5:
            return f"{number:.0f}{prefix}"
    return f"{number:.0e}"


def percent(share: float | None) -> str:
    """A share (0 to 1) in at most 3 characters; `-` for None."""
    return "-" if share is None else f"{100 * share:.0f}"


def printable(name: bytes | str) -> str:
    """A name from the kernel, harmless on a terminal: control, bidi and invalid bytes escaped.

    Interface names may hold escape codes, quotes and broken UTF-8 (and so may others).
    """
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    return "".join(char if unicodedata.category(char)[0] not in "CZ" or char == " "
                   else char.encode("unicode_escape").decode("ascii") for char in text)
