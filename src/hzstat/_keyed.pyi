from typing import Self

from ._bytes import Bytes
from ._source import Source

class KeyedSource(Source):
    def __new__(cls, name: str, keys: tuple[tuple[bytes, int, bytes], ...]) -> Self: ...
    @property
    def keys(self) -> tuple[tuple[bytes, int, bytes], ...]: ...
    @staticmethod
    def learn(name: str, data: Bytes, path: str) -> KeyedSource: ...
