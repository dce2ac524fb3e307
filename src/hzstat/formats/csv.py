"""CSV that spreadsheets and pandas read without tricks (RFC 4180).

One header row, one type per column, units in the names; a time is ISO 8601 in UTC, what is missing
is empty. Rows end with a newline alone, where the RFC has CR LF: to `cut`, `awk` and `read` the CR
would be part of the last column, and whoever reads the one reads the other.
"""
from __future__ import annotations

from hzstat.units import printable

from .table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .table import Column

QUOTED = frozenset('",\n\r')
FORMULA = tuple("=+-@")         # a spreadsheet would compute a text that begins so


class Csv(Table):
    """Rows of CSV; two columns or more, since a lone one that is missing would be an empty line.

    >>> table = Csv([Column("time", "", TIME), Column("rx", "bytes", INTEGER)])
    >>> table.header() + table.row([0, 42])
    b'time,rx_bytes\\n1970-01-01T00:00:00.000000000Z,42\\n'
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self.before = (b"", *(b"," for _ in self.columns[1:]))

    def header(self) -> bytes:
        """The names of the columns."""
        return b",".join(self.text(column.heading) for column in self.columns) + self.end

    def text(self, value: str | bytes) -> bytes:
        """A name from the kernel: quoted where it must be, and with nothing in it that a terminal
        or a spreadsheet would obey."""
        text = printable(value)
        if text.startswith(FORMULA):
            text = f"'{text}"
        if not text or not QUOTED.isdisjoint(text):
            text = '"' + text.replace('"', '""') + '"'
        return text.encode()
