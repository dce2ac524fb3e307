"""What every bench gives: tables of figures with their spread, findings, and where it all was run.

As text for people, as JSON for programs (docs/comparisons.md describes it), as bars in plot.py.
"""
from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field

from hzstat import __version__
from hzstat.errors import HzstatError
from hzstat.recordings.output import check

from .figures import figure, ratios, spread
from .machine import Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from .figures import Figure

FORMAT = 2                      # of the JSON
GAP = "  "
WIDTH = 110                     # of tables, where no terminal says how wide it is


@dataclass(frozen=True)
class Column:
    """`name` has the unit in it, and is the key in JSON; `title` is the head of the column."""

    name: str
    title: str
    digits: int = 2


@dataclass
class Table:
    """Rows of figures: one a way of doing the same. `of` says what a row is ("mode").

    `rows` has for each way its figures by the columns' names; what nobody can tell is left out.
    `skipped`: ways that can't be had here, with the reason. `findings`: sentences, made of the
    figures. `bars` names the column that is drawn by --plot, "" where none is. `texts` has what is
    told in words, in the same way as the figures of `rows`."""

    name: str
    title: str
    of: str
    columns: tuple[Column, ...]
    bars: str
    rows: dict[str, dict[str, Figure]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def lines(self, width: int = WIDTH) -> Iterator[str]:
        """The table as text, with outliers, skipped rows and findings below it. Columns for which
        there is no room follow below, beside those ways that have something in them."""
        ways = [self.of, *(self.rows | self.texts)]
        columns = [[column.title, *(self.cell(way, column) for way in ways[1:])]
                   for column in self.columns]
        yield self.title
        for number, part in enumerate(parts(ways, columns, width - len(GAP))):
            if number:
                yield ""
            for row in zip(*part, strict=True):
                if not number or {cell.strip() for cell in row[1:]} != {"-"}:
                    yield f"{GAP}{GAP.join(row)}".rstrip()
        for way, reason in self.skipped.items():
            yield f"{GAP}{way.ljust(max(map(len, ways)))}{GAP}not here: {reason}"
        for way, figures in self.rows.items():
            outliers = figures.get(self.bars, {}).get("outliers")
            if outliers:
                rounds, lie = ("rounds", "lie") if len(outliers) > 1 else ("round", "lies")
                yield (f"{GAP}{way}: {rounds} {', '.join(map(str, outliers))} {lie} far outside "
                       "the others")
        yield from self.findings

    def cell(self, way: str, column: Column) -> str:
        figure = self.rows.get(way, {}).get(column.name)
        if figure:
            return spread(figure, column.digits)
        return self.texts.get(way, {}).get(column.name, "-")

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "title": self.title, "of": self.of, "bars": self.bars,
                "columns": [vars(column) for column in self.columns], "rows": self.rows,
                "texts": self.texts, "skipped": self.skipped, "findings": self.findings}


def parts(first: list[str], columns: list[list[str]], width: int) -> Iterator[list[list[str]]]:
    """The columns, as many at a time as there is room for beside the first; all cells of one are
    made as wide as the widest."""
    first, *padded = ([cell.ljust(max(map(len, column))) for cell in column]
                      for column in (first, *columns))
    part, left = [first], width - len(first[0])
    for column in padded:
        takes = len(GAP) + len(column[0])
        if takes > left and len(part) > 1:
            yield part
            part, left = [first], width - len(first[0])
        part.append(column)
        left -= takes
    yield part


def at_a_rate(rate_hz: float, columns: tuple[Column, ...],
              taken: Mapping[str, Sequence[Mapping[str, float]]], base: str) -> Table:
    """The figures that each way gave in each round at this rate, and beside them `cpu_ratio`, its
    share of the CPU over that of the way `base` in the same round."""
    table = Table(f"{rate_hz:g} Hz", f"{rate_hz:g} Hz", "way", columns, "cpu_percent")
    floor = [run["cpu_percent"] for run in taken[base]]
    for way, runs in taken.items():
        table.rows[way] = {name: figure([run[name] for run in runs]) for name in runs[0]}
        table.rows[way]["cpu_ratio"] = ratios([run["cpu_percent"] for run in runs], floor)
    return table


class Report:
    """One run of a bench: its tables, as they come."""

    def __init__(self, bench: str, settings: dict[str, Any]) -> None:
        self.bench = bench
        self.settings = settings
        self.machine = Machine()
        self.tables: list[Table] = []

    def as_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, "bench": self.bench, "hzstat": __version__,
                "machine": self.machine.as_dict(), "settings": self.settings,
                "tables": [table.as_dict() for table in self.tables]}


def load(path: str) -> dict[str, Any]:
    """A report that was written as JSON; HzstatError for anything else."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except ValueError as failure:
        raise HzstatError(f"{path} is no JSON: {failure}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not (
            {"bench", "machine", "settings", "tables"} <= found.keys()):
        raise HzstatError(f"{path} is no report of hzstat bench in format {FORMAT}: run the bench "
                          "again with --json")
    return found


def check_writable(path: str, force: bool) -> None:
    """HzstatError where no file can be put there, or only by `force`: told before anything is
    measured."""
    check(path, force)
    try:
        if not path:
            raise FileNotFoundError(2, "it names no file")
        with tempfile.TemporaryFile(dir=os.path.dirname(path) or "."):
            pass
    except OSError as failure:
        raise HzstatError(f"can't write {path!r}: {failure.strerror}; name another file") from None
