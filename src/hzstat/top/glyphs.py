"""Dots → characters: a picture of the least and the most in each column, a few lines high."""
from __future__ import annotations

import sys

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from .history import Values

CODE_POINTS = f"utf-32-{sys.byteorder[0]}e"
CELL_COLUMNS = 2        # columns of a timeline in a character, whatever it is drawn with


class Glyphs:
    """Characters that are made of dots, `columns` beside and `rows` above each other.

    `bits`: the bit of each dot, row by row from the top; `table`: the character of each sum.
    """

    def __init__(self, columns: int, rows: int, bits: tuple[int, ...], table: str) -> None:
        self.columns = columns
        self.rows = rows
        self._table = np.array([ord(character) for character in table], np.uint32)
        # The bits of a column whose dots are set from the first number on, and before the second.
        self._dots = np.array([[[sum(bits[(rows - 1 - dot) * columns + column]
                                     for dot in range(first, end))
                                 for end in range(rows + 1)] for first in range(rows + 1)]
                               for column in range(columns)])

    def picture(self, low: Values, high: Values, top: float, height: int) -> list[str]:
        """`height` lines, from the top, of columns between `low` and `high` (CELL_COLUMNS a
        character), where the lowest dot is 0 and the highest is `top`. NaN leaves a gap.

        Whatever is above 0 is at least one dot above it.
        """
        if self.columns < CELL_COLUMNS:
            low = np.fmin.reduce(low.reshape(-1, CELL_COLUMNS), axis=1)
            high = np.fmax.reduce(high.reshape(-1, CELL_COLUMNS), axis=1)
        highest = height * self.rows - 1
        there = ~np.isnan(low)
        scale = highest / top
        first = between(0, np.ceil(np.where(there, low, 0) * scale), highest).astype(np.intp)
        end = between(0, np.ceil(np.where(there, high, -1) * scale), highest).astype(np.intp)
        end += there
        below = np.arange(highest + 1 - self.rows, -1, -self.rows)[:, None]
        dots = self._dots[np.arange(len(low)) % self.columns,
                          between(0, first - below, self.rows), between(0, end - below, self.rows)]
        # numpy's sum() over so short an axis takes longer than all the rest.
        sums = sum(dots[:, column::self.columns] for column in range(self.columns))
        text = self._table[sums].tobytes().decode(CODE_POINTS)
        return [text[i:i + sums.shape[1]] for i in range(0, len(text), sums.shape[1])]


def between(least: int, values: NDArray[Any], most: int) -> NDArray[Any]:
    """As np.clip() does it, in a third of its time: that is what a picture takes most of."""
    within: NDArray[Any] = np.minimum(np.maximum(values, least), most)
    return within


BRAILLE = Glyphs(2, 4, (1, 8, 2, 16, 4, 32, 64, 128),
                 " " + "".join(map(chr, range(0x2801, 0x2900))))
BLOCKS = Glyphs(2, 2, (1, 2, 4, 8), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
ASCII = Glyphs(1, 2, (1, 2), " '.:")
KINDS = {"braille": BRAILLE, "blocks": BLOCKS, "ascii": ASCII}
