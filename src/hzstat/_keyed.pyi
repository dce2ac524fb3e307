from typing import Self

from ._bytes import Bytes
from ._source import Source

class KeyedSource(Source):
    def __new__(cls, name: str, keys: tuple[tuple[bytes, int], ...]) -> Self: ...
    @property
    def keys(self) -> tuple[tuple[bytes, int], ...]: ...
    @staticmethod
    def learn(name: str, data: Bytes, path: str) -> KeyedSource: ...
