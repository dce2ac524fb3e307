"""What a descriptor tells of a source."""
from __future__ import annotations

from hzstat._keyed import KeyedSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hzstat._bytes import Bytes
    from hzstat._source import Source

COUNTER = "counter"      # only ever grows, until a reset
GAUGE = "gauge"
KEY = "key"              # tells a row from the others
MASK = "mask"            # tells which fields of the row were printed


class Descriptor:
    """One source: its name (the path below /proc), its fields' units and kinds, its document.

    `fields` maps a field to (unit, kind); one that isn't listed (a keyed file may have any) has
    `other_fields`. `parser` makes the parser of a table file; without one it is a keyed file,
    whose fields are learnt from its text.
    """

    __slots__ = ("document", "fields", "name", "other_fields", "parser")

    def __init__(self, name: str, document: str, fields: Mapping[str, tuple[str, str]],
                 other_fields: tuple[str, str], parser: Callable[[], Source] | None = None) -> None:
        self.name = name
        self.document = document
        self.fields = fields
        self.other_fields = other_fields
        self.parser = parser

    @property
    def many_rows(self) -> bool:
        """Whether rows may come and go; a file of one row has no key to tell it by."""
        return any(kind == KEY for _, kind in self.fields.values())

    def learn(self, text: Bytes, path: str) -> Source:
        """The parser for this `text`, which was read from `path`; ParseError if it is broken."""
        return self.parser() if self.parser else KeyedSource.learn(self.name, text, path)

    def again(self, keys: tuple[tuple[bytes, int, bytes], ...] | None) -> Source:
        """The parser that has learnt these keys before (Source.recipe() tells them)."""
        return self.parser() if self.parser else KeyedSource(self.name, keys or ())
