"""A source of a recording as Parquet, by pyarrow (the extra `parquet`).

Counters are stored as the differences between neighbours, which are small; names and the few
texts of a gauge by number. Units, kinds and meanings are metadata of the fields, what the
recording says of itself (meta.json) is metadata of the file, under `hzstat`.
"""
from __future__ import annotations

import json

from hzstat.errors import RecordingError
from hzstat.formats.table import INTEGER, TEXT, TIME

from .tidy import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from hzstat.formats.table import Values

    from .tidy import FieldColumn, Step, Tidy

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:
    raise RecordingError("to write Parquet hzstat needs pyarrow: "
                         "pip install 'hzstat[parquet]'") from None


def write(file: BinaryIO, tables: Sequence[Tidy], meta: Mapping[str, Any], step: Step) -> None:
    """One table, a row group for each of its chunks."""
    table, = tables
    schema = pa.schema([field(column) for column in table.columns],
                       {"hzstat": json.dumps({"source": table.source, "meta": meta})})
    # Floats repeat as names do: averages that the kernel prints with two digits.
    differences = [column.name for column in table.columns if column.kind in (INTEGER, TIME)]
    repeated = [column.name for column in table.columns if column.name not in differences]
    with parquet.ParquetWriter(
            file, schema, compression="zstd", compression_level=1, use_dictionary=repeated or False,
            column_encoding=dict.fromkeys(differences, "DELTA_BINARY_PACKED")) as writer:
        for chunk in table.chunks(step):
            writer.write_table(pa.table([array(column, values) for column, values
                                         in zip(table.columns, chunk, strict=True)], schema))


def kind_of(column: FieldColumn) -> pa.DataType:
    if column.kind == TIME:
        return pa.timestamp("ns", "UTC")
    return pa.string() if column.kind == TEXT else pa.from_numpy_dtype(column.dtype)


def field(column: FieldColumn) -> pa.Field:
    return pa.field(column.name, kind_of(column), metadata={
        "unit": column.unit, "kind": column.role, "meaning": column.meaning})


def array(column: FieldColumn, chunk: Values) -> pa.Array:
    values, missing = chunk
    if column.kind == TEXT:
        names, which = texts(values)
        return pa.DictionaryArray.from_arrays(pa.array(which, mask=missing),
                                              names).cast(pa.string())
    return pa.array(values, kind_of(column), mask=missing)
