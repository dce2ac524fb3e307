from typing import Self

from ._source import Source

class PressureSource(Source):
    def __new__(cls, name: str) -> Self: ...
