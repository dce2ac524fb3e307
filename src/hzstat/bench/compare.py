"""Two reports of one bench: what changed beyond the noise.

A figure has changed where all rounds of the one lie beyond all rounds of the other. For five rounds
each that happens by chance once in 126 figures (a rank test); with fewer than four there is no
telling.
"""
from __future__ import annotations

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Report = dict[str, Any]


FEWEST_ROUNDS = 4


def differences(one: Report, other: Report) -> Iterator[str]:
    """A line for each figure that changed, and one for what else is to be known."""
    if one["bench"] != other["bench"]:
        raise HzstatError(f"these are reports of {one['bench']} and of {other['bench']}: give two "
                          "of one bench")
    for name in ("cpu", "cores", "kernel", "python", "gil"):
        if one["machine"][name] != other["machine"][name]:
            yield f"another machine: {name} {one['machine'][name]} -> {other['machine'][name]}"
    if one["settings"] != other["settings"]:
        yield f"other settings: {one['settings']} -> {other['settings']}"
    before = {table["name"]: table for table in one["tables"]}
    compared = changed = few = 0
    for table in other["tables"]:
        if table["name"] not in before:
            yield f"{table['name']}: only in the second"
            continue
        texts = before[table["name"]].get("texts", {})
        for way, words in table.get("texts", {}).items():
            for name, text in words.items():
                was = texts.get(way, {}).get(name, text)
                if was != text:
                    yield f"{table['name']}, {way}, {name}: {was} -> {text}"
        rows = before.pop(table["name"])["rows"]
        for way, figures in table["rows"].items():
            if way not in rows:
                yield f"{table['name']}, {way}: only in the second"
            for column in table["columns"]:
                name = column["name"]
                if way not in rows or name not in figures or name not in rows[way]:
                    continue
                a, b = rows[way][name], figures[name]
                if min(len(a["rounds"]), len(b["rounds"])) < FEWEST_ROUNDS:
                    few += 1
                    continue
                compared += 1
                if max(a["rounds"]) < min(b["rounds"]) or max(b["rounds"]) < min(a["rounds"]):
                    changed += 1
                    yield (f"{table['name']}, {way}, {column['title']}: {shown(a, column)} -> "
                           f"{shown(b, column)}{by(a['median'], b['median'])}")
        for way in rows.keys() - table["rows"].keys():
            yield f"{table['name']}, {way}: only in the first"
    for name in before:
        yield f"{name}: only in the first"
    yield f"{changed} of {compared} figures changed beyond the noise" + (
        f"; {few} have fewer than {FEWEST_ROUNDS} rounds, which can't tell" if few else "")


def shown(figure: dict[str, Any], column: dict[str, Any]) -> str:
    from .figures import spread
    return spread(figure, column["digits"])


def by(before: float, after: float) -> str:
    return f", {100 * (after / before - 1):+.0f} %" if before else ""
