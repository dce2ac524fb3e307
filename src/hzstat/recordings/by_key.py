"""The rows of records, laid out by their keys: a CPU, an interface or a disk stays in its column,
whatever place its row has in the file."""
from __future__ import annotations

import numpy as np

from hzstat.windows import steady

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
        for keys in (data[field] for field in self.fields):
            if not steady(keys):
                filled = np.arange(data.shape[1]) < rows[1:, None]
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

    def placing(self, number: int, count: int) -> Placing:
        """How the rows of `count` records, from the `number`th on, stand."""
        first = int(np.searchsorted(self._starts, number, side="right")) - 1
        last = int(np.searchsorted(self._starts, number + count))
        starts = [max(0, start - number) for start in self._starts[first:last]]
        return Placing(count, len(self._kept), starts, self._columns[first:last])


class Placing:
    """How the rows of `count` records stand: from each of `starts` on, in which columns."""

    def __init__(self, count: int, keys: int, starts: list[int],
                 columns: list[NDArray[np.intp]]) -> None:
        self.count = count
        self.keys = keys
        self.runs = list(zip(starts, [*starts[1:], count], columns, strict=False))
        # All keys are in every record, and in one order: nothing has to be moved.
        self.whole = len(columns) == 1 and np.array_equal(columns[0], np.arange(keys))

    def lay_out(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of shape (n, rows) by key, shape (n, k); 0 where there is none."""
        if self.whole:
            return values[:, :self.keys]
        found = np.zeros((self.count, self.keys), values.dtype)
        for start, stop, columns in self.runs:
            places = np.flatnonzero(columns >= 0)
            found[start:stop, columns[places]] = values[start:stop, places]
        return found

    def there(self) -> NDArray[np.bool_]:
        """Which keys each record has, shape (n, k)."""
        found = np.full((self.count, self.keys), self.whole)
        for start, stop, columns in self.runs:
            found[start:stop, columns[columns >= 0]] = True
        return found
