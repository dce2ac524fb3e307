"""What a descriptor tells of a source."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hzstat._source import Source

COUNTER = "counter"      # only ever grows, until a reset
GAUGE = "gauge"
KEY = "key"              # tells a row from the others
MASK = "mask"            # tells which fields of the row were printed


class Descriptor:
    """One source: its name (the path below /proc), its fields' units and kinds, its document.

    `make` gives the parser; it takes the file's text and path, since a keyed file's parser
    learns its fields from them. `fields` maps a field to (unit, kind); one that isn't listed
    (a keyed file may have any) has `other_fields`.
    """

    __slots__ = ("name", "make", "document", "fields", "other_fields")

    def __init__(self, name: str, make: Callable[[bytes, str], Source], document: str,
                 fields: Mapping[str, tuple[str, str]],
                 other_fields: tuple[str, str] = ("", GAUGE)) -> None:
        self.name = name
        self.make = make
        self.document = document
        self.fields = fields
        self.other_fields = other_fields
