from typing import Self

from ._board import Board
from ._reader import FileReader
from ._ring import Ring

HEADER_FIELDS: tuple[tuple[str, str], ...]
HEADER_BYTES: int

def lock_memory() -> int: ...

class Loop:
    def __new__(cls, board: Board, worker: int, tasks: list[tuple[FileReader, Ring, int]],
                caller_fd: int, spin_ns: int = 0) -> Self: ...
    def run(self) -> None: ...
