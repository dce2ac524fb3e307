"""Dots → characters: a picture of the least and the most in each column, a few lines high."""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

CELL_COLUMNS = 2        # columns of a timeline in a character, whatever it is drawn with


class Glyphs:
    """Characters that are made of dots, `columns` beside and `rows` above each other.

    `bits`: the bit of each dot, row by row from the top; `table`: the character of each sum.
    """

    def __init__(self, columns: int, rows: int, bits: tuple[int, ...], table: str) -> None:
        self.columns = columns
        self.rows = rows
        self._bits = np.array(bits).reshape(1, rows, 1, columns)
        self._table = np.array(list(table))

    def picture(self, low: Values, high: Values, top: float, height: int) -> list[str]:
        """`height` lines, from the top, of columns between `low` and `high` (CELL_COLUMNS a
        character), where the lowest dot is 0 and the highest is `top`. NaN leaves a gap.

        Whatever is above 0 is at least one dot above it.
        """
        if self.columns < CELL_COLUMNS:
            low = np.fmin.reduce(low.reshape(-1, CELL_COLUMNS), axis=1)
            high = np.fmax.reduce(high.reshape(-1, CELL_COLUMNS), axis=1)
        highest = height * self.rows - 1
        with np.errstate(invalid="ignore"):         # NaN is neither above nor below
            lows, highs = (np.clip(np.ceil(values / top * highest), 0, highest)
                           for values in (low, high))
            level = np.arange(highest, -1, -1)[:, None]
            dots = (lows <= level) & (level <= highs)
        cells = dots.reshape(height, self.rows, -1, self.columns)
        sums = (cells * self._bits).sum(axis=(1, 3))
        return ["".join(line) for line in self._table[sums].tolist()]


BRAILLE = Glyphs(2, 4, (1, 8, 2, 16, 4, 32, 64, 128),
                 " " + "".join(map(chr, range(0x2801, 0x2900))))
BLOCKS = Glyphs(2, 2, (1, 2, 4, 8), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
ASCII = Glyphs(1, 2, (1, 2), " '.:")
KINDS = {"braille": BRAILLE, "blocks": BLOCKS, "ascii": ASCII}
