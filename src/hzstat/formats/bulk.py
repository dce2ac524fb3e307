"""Many rows of a Table at once, by numpy.

A batch is laid out as a matrix of bytes: a row each, a field of fixed width for each value, filled
up with NUL, which no text has. Without the NULs it is the text. What is the same in all rows of
a batch, as most counters are, is put into all of them at once.
"""
from __future__ import annotations

import numpy as np

from .table import INTEGER, NS, REAL, TIME, iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from .table import Table, Values

    Cells = bytes | NDArray[np.bytes_]

BATCH_ROWS = 4096           # a matrix of these stays in a CPU's cache
GROUP = 10_000              # four digits are found at once


def groups(zero: bytes) -> NDArray[np.uint32]:
    """The text of each number below GROUP: without leading zeros (0 itself as `zero`), and then,
    from index GROUP on, with them."""
    texts = [zero, *(b"%d" % n for n in range(1, GROUP)), *(b"%04d" % n for n in range(GROUP))]
    return np.array(texts, "S4").view("u4")


LEADING, LAST = groups(b""), groups(b"0")


def pieces(table: Table, columns: Sequence[Values]) -> Iterator[bytearray]:
    """The text of all rows, batch by batch."""
    for start in range(0, len(columns[0][0]), BATCH_ROWS):
        some = slice(start, start + BATCH_ROWS)
        yield text(table, [cells(table, column.kind, values[some],
                                 None if missing is None else missing[some])
                           for column, (values, missing)
                           in zip(table.columns, columns, strict=True)],
                   len(columns[0][0][some]))


def text(table: Table, fields: Sequence[Cells], count: int) -> bytearray:
    """`count` rows; a field of bytes is that of all of them."""
    template = bytearray()
    varying = []
    for before, field in zip(table.before, fields, strict=True):
        template += before
        if isinstance(field, bytes):
            template += field
        else:
            varying.append((len(template), field))
            template += bytes(field.itemsize)
    template += table.end
    matrix = template * count
    for offset, field in varying:
        np.ndarray(count, field.dtype, matrix, offset, (len(template),))[:] = field
    return matrix.translate(None, b"\0")


def cells(table: Table, kind: str, values: NDArray[Any],
          missing: NDArray[np.bool_] | None) -> Cells:
    """The texts of a column, or the one of all its values."""
    if missing is not None and not missing.any():
        missing = None
    if missing is not None and missing.all():
        return table.missing
    if kind == REAL:            # told apart by their bits: 0.0 and -0.0 are equal
        values = values.astype("f8").view("u8")

    def cell(value: Any) -> bytes:
        return table.cell(kind, (value.view("f8") if kind == REAL else value).item())

    if missing is None and (values[0] == values).all():
        return cell(values[0])
    if kind == INTEGER:
        found = integers(values)
    elif kind == TIME:
        found = times(values, table.quote)
    else:
        found = each(values, cell)
    if missing is not None:
        if found.itemsize < len(table.missing):
            found = found.astype(f"S{len(table.missing)}")
        found[missing] = table.missing
    return found


def each(values: NDArray[Any], cell: Callable[[Any], bytes]) -> NDArray[np.bytes_]:
    """A text for each value, made once for those that are the same."""
    different, which = np.unique(values, return_inverse=True)
    return np.array([cell(value) for value in different], "S").take(which)


def integers(values: NDArray[Any]) -> NDArray[np.bytes_]:
    """Decimal numbers, with NULs where a longer one has digits."""
    if values.dtype.kind == "u" or values.min() >= 0:
        return digits(values.astype("u8"))
    size = values.astype("i8").view("u8")
    below = values < 0
    found = digits(np.where(below, ~size + np.uint64(1), size))
    signed = np.zeros((len(values), 1 + found.itemsize), "u1")
    signed[below, 0] = ord("-")
    signed[:, 1:] = as_bytes(found)
    return as_texts(signed)


def digits(left: NDArray[np.uint64]) -> NDArray[np.bytes_]:
    """Numbers of at most 20 digits, four at a time from the right."""
    largest = int(left.max())
    rest: NDArray[Any] = left.astype("u4") if largest < 1 << 32 else left
    count = -(-len(str(largest)) // 4)
    found = np.empty((len(left), count), "u4")
    for i in range(count - 1, 0, -1):
        higher = rest // GROUP
        group = rest - higher * GROUP
        group[higher > 0] += GROUP
        found[:, i] = (LAST if i == count - 1 else LEADING).take(group.astype(np.intp))
        rest = higher
    found[:, 0] = (LAST if count == 1 else LEADING).take(rest.astype(np.intp))
    return as_texts(found)


def times(values: NDArray[Any], quote: bytes) -> NDArray[np.bytes_]:
    """ISO 8601, as iso() has it."""
    seconds, ns = np.divmod(values.astype("i8"), NS)
    upto_second = each(seconds, lambda second: quote + iso(int(second) * NS)[:-10])
    fraction = np.empty((len(values), 3), "u4")
    for i, unit in enumerate((100_000, 10, 0)):         # the last digit has a group of its own
        group = ns // unit % GROUP if unit else ns % 10 * 1000
        fraction[:, i] = LAST.take(GROUP + group)
    return as_texts(np.concatenate((
        as_bytes(upto_second), as_bytes(as_texts(fraction))[:, :9],
        np.broadcast_to(np.frombuffer(b"Z" + quote, "u1"), (len(values), 1 + len(quote)))), axis=1))


def as_bytes(texts: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    return texts.view("u1").reshape(len(texts), -1)


def as_texts(rows: NDArray[Any]) -> NDArray[np.bytes_]:
    """Each row of a matrix as one text."""
    return rows.view(f"S{rows.shape[1] * rows.itemsize}").reshape(len(rows))
