"""Numbers and names for people: fixed widths, and nothing that can disturb a terminal."""
from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KIBI, KILO, BITS = 1024.0, 1000.0, 8.0
MOST_OF_LOAD = 9999.5
LARGEST = 999.5         # below it three digits will do
MOST_NAMES = 16         # that are told one by one
UNITS_S = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
MOST_SECONDS = 9e9      # 285 years: as long as a sleep may be


def seconds(text: str) -> float:
    """A length of time, `10`, `10s`, `500ms`, `5m` or `1h`, in seconds; ValueError for others."""
    number = text.rstrip("hmnsu")
    try:
        found = float(number) * UNITS_S[text[len(number):]]
    except (ValueError, KeyError):
        raise ValueError(f"{text!r} is no length of time: give 10s, 500ms, 5m or 1h") from None
    if not found < MOST_SECONDS:
        raise ValueError(f"{text!r} is too long a time")
    return found


def size(number: float | None, digits: int = 2) -> str:
    """Bytes in at most 5 characters, 1024-based: `0B`, `812B`, `1.2k`, `  23M`; `-` for None.

    `digits` that count: with 3 it is `1.23k` and `23.4M`.
    """
    return "-" if number is None else f"{number:.0f}B" if number < LARGEST \
        else prefixed(number / KIBI, KIBI, digits)


def bits(number: float | None, digits: int = 2) -> str:
    """So many bytes in bits, in at most 5 characters, 1000-based, as networks count them: `8b`,
    `1.2k`."""
    if number is None:
        return "-"
    number *= BITS
    return f"{number:.0f}b" if number < LARGEST else prefixed(number / KILO, KILO, digits)


def count(number: float | None, digits: int = 2) -> str:
    """A number of things in at most 5 characters, 1000-based: `0`, `0.40`, `12`, `1.2k`."""
    if number is None:
        return "-"
    if number >= LARGEST:
        return prefixed(number / KILO, KILO, digits)
    if number % 1 == 0:
        return f"{number:.0f}"
    return decimal(number, max(digits, 3) if number < 1 else digits)    # few aren't none


def prefixed(number: float, base: float, digits: int) -> str:
    """A number of thousands, in whichever thousands keep it short."""
    for prefix in "kMGTPE":
        if number < LARGEST:
            return decimal(number, digits) + prefix
        number /= base
    return f"{number:.0e}"


def decimal(number: float, digits: int) -> str:
    """With as many decimals as make up `digits`, and none from there on."""
    for decimals in range(digits - 1, 0, -1):
        if number < 10 ** (digits - decimals) - 0.5 * 10**-decimals:
            return f"{number:.{decimals}f}"
    return f"{number:.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share (0 to 1) in at most 3 characters; `-` for None."""
    return "-" if share is None else decimal(100 * share, digits)


def load(number: float | None) -> str:
    """A load average in at most 4 characters."""
    return "-" if number is None else decimal(number, 3) if number < MOST_OF_LOAD \
        else prefixed(number / KILO, KILO, 2)


def duration(ns: int | None) -> str:
    """A time in at most 6 characters: `850ns`, `12.3us`, `4.1ms`, `2.5s`."""
    if ns is None:
        return "-"
    if ns < 1000:
        return f"{ns}ns"
    value = float(ns)
    for unit in ("us", "ms"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f}{unit}" if value < 99.95 else f"{value:.0f}{unit}"
    return f"{value / 1000:.1f}s"


def printable(name: bytes | str) -> str:
    """A name from the kernel, harmless on a terminal: control, bidi and invalid bytes escaped.

    Interface names may hold escape codes, quotes and broken UTF-8 (and so may others).
    """
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    return "".join(char if unicodedata.category(char)[0] not in "CZ" or char == " "
                   else char.encode("unicode_escape").decode("ascii") for char in text)


def screen_width(text: str) -> int:
    """How many columns of a terminal it takes: wide characters two, marks upon others none."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char)
               for char in text)


def listed(names: Sequence[str]) -> str:
    """Names with commas between them; of many the first ones, and how many there are more."""
    left = len(names) - MOST_NAMES
    return ", ".join(names if left <= 0 else [*names[:MOST_NAMES], f"{left} more"])
