"""Kinds of numbers: their unit on the screen and in files, and how they are printed."""
from __future__ import annotations

import time

from hzstat import units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Text = Callable[[float | None], str]

EXACT = 5e-7            # to which a float tells the seconds since 1970
MOST_DECIMALS = 6       # of a time: microseconds, more than a planned instant needs


class Quantity:
    """One kind of number: `unit` stands in the header, `suffix` ends the names of columns in files,
    where numbers are multiplied by `scale`. `text` prints it in at most `width` characters, and
    `precise` in as many with more digits."""

    __slots__ = ("precise", "scale", "suffix", "text", "unit", "width")

    def __init__(self, unit: str, suffix: str, width: int, text: Text, precise: Text | None = None,
                 scale: float = 1.0) -> None:
        self.unit = unit
        self.suffix = suffix
        self.width = width
        self.text = text
        self.precise = precise or text
        self.scale = scale

    def fitted(self, delay: float, precise: bool) -> tuple[int, Text]:
        """How wide it is in rows of `delay` seconds, and what prints it."""
        return self.width, self.precise if precise else self.text


class Instant(Quantity):
    """Seconds since the epoch, with as many decimals as tell one row from the next."""

    __slots__ = ()

    def fitted(self, delay: float, precise: bool) -> tuple[int, Text]:
        decimals = next(count for count in range(MOST_DECIMALS + 1)
                        if count == MOST_DECIMALS or round(delay * 10**count, 6) % 1 == 0)
        decimals = max(decimals, 3 if precise else 0)
        text = self.text
        width = self.width + (decimals + 1 if decimals else 0)

        def fraction(seconds: float | None) -> str:
            if seconds is None:
                return "-"
            # Of a time no part is rounded up: at 59.97 s the next minute hasn't begun.
            whole, part = divmod(int((seconds + EXACT) * 10**decimals), 10**decimals)
            return text(whole) + (f".{part:0{decimals}d}" if decimals else "")
        return width, fraction


def date(seconds: float | None) -> str:
    """As `Nov-28 00:57:34`, in local time."""
    return time.strftime("%b-%d %H:%M:%S", time.localtime(seconds))


SHARE = Quantity("%", "percent", 3, units.percent, lambda share: units.percent(share, 2), 100.0)
BYTES = Quantity("B", "bytes", 5, units.size, lambda number: units.size(number, 3))
BYTE_RATE = Quantity("B/s", "bytes_per_s", 5, units.size, lambda number: units.size(number, 3))
BIT_RATE = Quantity("bit/s", "bits_per_s", 5, units.bits, lambda number: units.bits(number, 3),
                    units.BITS)
RATE = Quantity("1/s", "per_s", 5, units.count, lambda number: units.count(number, 3))
TASKS = Quantity("tasks", "tasks", 4, units.count)
LOAD = Quantity("", "tasks", 4, units.load)
DATE = Instant("", "s", 15, date)
EPOCH = Instant("s", "s", 10, lambda seconds: f"{seconds:.0f}")
