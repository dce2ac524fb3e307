"""JSON lines: one object a row, null where a value is missing, and integers exact to 64 bits."""
from __future__ import annotations

from json.encoder import encode_basestring_ascii

from .table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .table import Column


class JsonLines(Table):
    """Rows as JSON objects, under the columns' names with their units. `constant`: names and
    texts that each object begins with.

    >>> JsonLines([Column("rx", "bytes", INTEGER)], {"source": "net/dev"}).row([42])
    b'{"source":"net/dev","rx_bytes":42}\\n'
    """

    missing = b"null"
    quote = b'"'
    end = b"}\n"

    def __init__(self, columns: Sequence[Column],
                 constant: Mapping[str, str] | None = None) -> None:
        super().__init__(columns)
        first = b"".join(self.text(name) + b":" + self.text(text) + b","
                         for name, text in (constant or {}).items())
        names = [self.text(column.heading) + b":" for column in self.columns]
        self.before = (b"{" + first + names[0], *(b"," + name for name in names[1:]))

    def text(self, value: str | bytes) -> bytes:
        """A JSON string, all of it ASCII. What isn't UTF-8 is escaped as `\\xff` in bytes, and
        lone surrogates as `\\udcff`: not every program takes these for text."""
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) \
            else value.encode("utf-8", "backslashreplace").decode()
        return encode_basestring_ascii(text).encode("ascii")
