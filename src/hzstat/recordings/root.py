"""A recording as a ROOT file, by uproot (the extra `root`): a TTree for each source.

A tree has a branch for each column. A branch can't tell that a value is missing: there a float is
NaN, a name empty, and an integer 0; and for integers that are missing anywhere a second branch,
`NAME_valid`, tells where they are not. A branch's title tells ROOT its type, so units, kinds and
meanings stand in the string `meta`, with what the recording says of itself, as JSON.
"""
from __future__ import annotations

import json
import re

import numpy as np

from hzstat.errors import RecordingError
from hzstat.formats.table import INTEGER, REAL, TEXT, TIME

from .tidy import texts, unlike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, BinaryIO

    from hzstat.formats.table import Values

    from .tidy import FieldColumn, Step, Tidy

try:
    import awkward as ak
    import uproot
except ImportError:
    raise RecordingError("to write ROOT files hzstat needs uproot: "
                         "pip install 'hzstat[root]'") from None

UNIT_OF_TIME = "nanoseconds since the epoch"
NO_NAME = ""


class Branch:
    """What a column becomes: its name in the tree, and `valid`, that of the branch that tells where
    its values are there, or "" where there is none."""

    __slots__ = ("column", "name", "valid")

    def __init__(self, column: FieldColumn, lacking: bool, taken: set[str]) -> None:
        self.column = column
        # What ROOT could take for a formula: `Active(anon)`, `Tcp.InSegs`.
        name = column.field if column.kind == TIME else column.name
        self.name = unlike(re.sub(r"\W", "_", name, flags=re.ASCII), taken)
        taken.add(self.name)
        self.valid = ""
        if lacking and column.kind == INTEGER:
            self.valid = unlike(f"{self.name}_valid", taken)
            taken.add(self.valid)

    def types(self) -> dict[str, Any]:
        found: dict[str, Any] = {self.name: "string" if self.column.kind == TEXT
                                 else self.column.dtype}
        if self.valid:
            found[self.valid] = np.dtype(bool)
        return found

    def data(self, chunk: Values) -> dict[str, Any]:
        values, missing = chunk
        if missing is None:
            missing = np.zeros(len(values), bool)
        if self.column.kind == TEXT:
            names, which = texts(values)
            names.append(NO_NAME)
            found = {self.name: ak.Array(names)[np.where(missing, len(names) - 1, which)]}
        else:
            absent = values.dtype.type(np.nan if self.column.kind == REAL else 0)
            found = {self.name: np.where(missing, absent, values)}
        if self.valid:
            found[self.valid] = ~missing
        return found

    def about(self) -> dict[str, str]:
        unit = UNIT_OF_TIME if self.column.kind == TIME else self.column.unit
        return {"field": self.column.field, "unit": unit, "kind": self.column.role,
                "meaning": self.column.meaning, "valid": self.valid}


def branches_of(table: Tidy) -> list[Branch]:
    lacking, taken = table.lacking(), set[str]()
    return [Branch(column, column.name in lacking, taken) for column in table.columns]


def write(file: BinaryIO, tables: Sequence[Tidy], meta: Mapping[str, Any], step: Step) -> None:
    """All tables, each as a tree of its source's name: `net/dev` is dev in the directory net."""
    told: dict[str, dict[str, Any]] = {}
    with uproot.recreate(file, compression=uproot.ZSTD(1)) as root:
        for table in tables:
            branches = branches_of(table)
            told[table.source] = {branch.name: branch.about() for branch in branches}
            tree = root.mktree(table.source, merged(branch.types() for branch in branches),
                               title=table.source)
            for chunk in table.chunks(step):
                tree.extend(merged(branch.data(values) for branch, values
                                   in zip(branches, chunk, strict=True)))
        root["meta"] = json.dumps({"recording": meta, "trees": told})


def merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
