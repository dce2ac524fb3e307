from ._board import Board
from ._reader import FileReader
from ._ring import Ring

HEADER_FIELDS: tuple[tuple[str, str], ...]
HEADER_BYTES: int

class Loop:
    def __init__(self, board: Board, worker: int, tasks: list[tuple[FileReader, Ring, int]],
                 caller_fd: int) -> None: ...
    def run(self) -> None: ...
