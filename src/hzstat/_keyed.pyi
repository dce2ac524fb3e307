from collections.abc import Collection
from typing import Self, TypeAlias

from ._bytes import Bytes
from ._source import Source

SHAPES: dict[str, int]

# A file's shape, and of each field: its key, what comes before its number and how wide that is,
# what ends the item, and whether it may have a minus.
Learnt: TypeAlias = tuple[str, tuple[tuple[bytes, bytes, int, bytes, bool], ...]]

class KeyedSource(Source):
    def __new__(cls, name: str, shape: str,
                fields: tuple[tuple[bytes, bytes, int, bytes, bool], ...]) -> Self: ...
    @property
    def learnt(self) -> Learnt: ...
    @staticmethod
    def learn(name: str, shape: str, data: Bytes, path: str, known: Collection[str] | None = None,
              minus: Collection[str] = ()) -> KeyedSource: ...
