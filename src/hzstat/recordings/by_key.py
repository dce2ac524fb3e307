"""The rows of records, laid out by their keys: a CPU, an interface or a disk stays in its column,
whatever place its row has in the file."""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray


class Layout:
    """Which row of which record belongs to which key, learnt from records one batch after another.

    `fields` are those that make up the key; without any, a row is known by its place.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = list(fields)
        self._starts: list[int] = []                    # from which record on rows stand so:
        self._columns: list[NDArray[np.intp]] = []      # the column of each; -1 comes twice
        self._numbers: dict[Any, int] = {}
        self._kept: list[NDArray[Any]] = []

    def learn(self, records: NDArray[np.void], number: int) -> None:
        """Take in records, the first of which is the `number`th of all."""
        for i in np.flatnonzero(self._changed(records)):
            columns = self._columns_of(records[i])
            if not self._columns or not np.array_equal(columns, self._columns[-1]):
                self._starts.append(number + int(i))
                self._columns.append(columns)

    def _changed(self, records: NDArray[np.void]) -> NDArray[np.bool_]:
        """Which records have other keys than the one before; the first counts as changed."""
        data = records["data"]
        rows = records["rows"]
        changed = np.ones(len(records), bool)
        changed[1:] = rows[1:] != rows[:-1]
        filled = np.arange(data.shape[1]) < rows[1:, None]
        for field in self.fields:
            keys = data[field]
            changed[1:] |= ((keys[1:] != keys[:-1]) & filled).any(axis=1)
        return changed

    def _columns_of(self, record: np.void) -> NDArray[np.intp]:
        rows = record["data"][:record["rows"]]
        keys = rows[self.fields].tolist() if self.fields else [(i,) for i in range(len(rows))]
        columns = []
        for i, key in enumerate(keys):
            column = self._numbers.setdefault(key, len(self._numbers))
            if column == len(self._kept):
                self._kept.append(rows[self.fields][i:i + 1] if self.fields else np.array([i]))
            columns.append(column if column not in columns else -1)
        return np.array(columns, np.intp)

    def keys(self, row: np.dtype[Any]) -> NDArray[Any]:
        """Every key in the order in which they came, shape (k,): the values of the key field, or
        rows of them where there are more; the numbers of the rows where there is none."""
        if not self.fields:
            return np.arange(len(self._kept))
        if len(self.fields) == 1:
            only = self.fields[0]
            return np.concatenate([np.empty(0, row[only]), *(one[only] for one in self._kept)])
        dtype = np.dtype([(field, row[field]) for field in self.fields])
        return np.array([key for one in self._kept for key in one.tolist()], dtype)

    def lay_out(self, values: NDArray[Any], number: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """`values` of shape (n, rows) of the records from the `number`th on → the same by key,
        shape (n, k), and whether there is one; 0 where there isn't."""
        first = int(np.searchsorted(self._starts, number, side="right")) - 1
        last = int(np.searchsorted(self._starts, number + len(values)))
        whole = np.arange(len(self._kept))
        if last - first == 1 and np.array_equal(self._columns[first], whole):
            return values[:, :len(whole)], np.ones((len(values), len(whole)), bool)
        found = np.zeros((len(values), len(whole)), values.dtype)
        there = np.zeros(found.shape, bool)
        for i in range(first, last):
            rows = slice(max(0, self._starts[i] - number),
                         self._starts[i + 1] - number if i + 1 < last else None)
            places = np.flatnonzero(self._columns[i] >= 0)
            columns = self._columns[i][places]
            found[rows, columns] = values[rows, places]
            there[rows, columns] = True
        return found, there
