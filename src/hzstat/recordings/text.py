"""A recording as CSV, or as JSON lines."""
from __future__ import annotations

from hzstat.formats.csv import Csv
from hzstat.formats.jsonl import JsonLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from .tidy import Step, Tidy


def write_csv(file: BinaryIO, tables: Sequence[Tidy], meta: Mapping[str, Any], step: Step) -> None:
    """One table. CSV has no place for `meta`."""
    table, = tables
    lines = Csv(table.columns)
    file.write(lines.header())
    for chunk in table.chunks(step):
        file.writelines(lines.rows(chunk))


def write_jsonl(file: BinaryIO, tables: Sequence[Tidy], meta: Mapping[str, Any],
                step: Step) -> None:
    """All tables, one after the other: each object begins with its `source`."""
    for table in tables:
        lines = JsonLines(table.columns, {"source": table.source})
        for chunk in table.chunks(step):
            file.writelines(lines.rows(chunk))
