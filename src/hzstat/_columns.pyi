from typing import Self

from ._source import Source

class ColumnsSource(Source):
    def __new__(cls, name: str, fields: tuple[tuple[str, str], ...]) -> Self: ...
