"""Columns as text for other programs: what CSV and JSON lines have in common.

A row at a time from plain Python values, or many at once from numpy's arrays: the same text.
What is missing (None, NaN, or what isn't finite) is never printed as a number.
"""
from __future__ import annotations

import math
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Value = int | float | str | bytes | None
    # A column's values, shape (n,), and in which rows they are missing; None: in none.
    Values = tuple[NDArray, NDArray | None]     # type: ignore[type-arg]

# The one type that all values of a column have.
INTEGER, REAL, TEXT = "integer", "real", "text"
TIME = "time"               # integers: ns since the epoch

SAME_UNIT = {"us": "usec", "ns": "nsec", "ms": "msec"}      # as some of the kernel's names end
NS = 1_000_000_000


class Column:
    """One column: its name, its unit ("" where it has none), and the kind of its values."""

    __slots__ = ("kind", "name", "unit")

    def __init__(self, name: str, unit: str, kind: str) -> None:
        self.name = name
        self.unit = unit
        self.kind = kind

    @property
    def heading(self) -> str:
        """The name with the unit, for tables that have no other place for it: `MemFree_kB`."""
        unit = self.unit.replace("%", "percent").replace(" ", "_")
        ends = (f"_{unit}", f"_{SAME_UNIT.get(unit, unit)}")
        said = self.name == unit or self.name.endswith(ends)
        return self.name if said or not unit else f"{self.name}_{unit}"

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {self.unit!r}, {self.kind!r})"


class Table:
    """Rows of these columns as lines of bytes. How a value looks is the subclass's to say:

    `missing`; `quote`, before and after a time; text(value), a name with all that it needs;
    `before`, what stands before each column's value; and `end`, what closes a row.
    """

    missing = b""
    quote = b""
    before: tuple[bytes, ...]
    end = b"\n"

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)

    def header(self) -> bytes:
        """What comes before the first row, whole lines."""
        return b""

    def text(self, value: str | bytes) -> bytes:
        raise NotImplementedError

    def cell(self, kind: str, value: Value) -> bytes:
        """One value of a column of this kind."""
        if value is None or value != value:
            return self.missing
        if isinstance(value, str | bytes):
            return self.text(value)
        if kind == REAL:
            # The shortest text that is read back as this very number.
            return repr(float(value)).encode() if math.isfinite(value) else self.missing
        return self.quote + iso(int(value)) + self.quote if kind == TIME else b"%d" % int(value)

    def row(self, values: Sequence[Value]) -> bytes:
        """One row, with the newline at its end; `values` are in the order of the columns."""
        cells = [before + self.cell(column.kind, value) for before, column, value
                 in zip(self.before, self.columns, values, strict=True)]
        return b"".join([*cells, self.end])

    def rows(self, columns: Sequence[Values]) -> Iterator[bytes | bytearray]:
        """All rows, many in one piece: the columns' values in their order, each of shape (n,).

        Integers and reals of any width, names as `S`, times as integers.
        """
        from .bulk import pieces
        return pieces(self, columns)


def iso(ns: int) -> bytes:
    """Nanoseconds since the epoch in ISO 8601: `2026-01-31T08:00:00.123456789Z`."""
    seconds, rest = divmod(ns, NS)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)).encode() + b".%09dZ" % rest
