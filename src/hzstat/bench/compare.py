"""Two reports of one bench: what changed beyond the noise.

A figure has changed where the middle halves of its rounds don't overlap.
"""
from __future__ import annotations

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Report = dict[str, Any]


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
    compared = changed = 0
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
                compared += 1
                a, b = rows[way][name], figures[name]
                if a["high"] < b["low"] or b["high"] < a["low"]:
                    changed += 1
                    yield (f"{table['name']}, {way}, {column['title']}: {shown(a, column)} -> "
                           f"{shown(b, column)}{by(a['median'], b['median'])}")
        for way in rows.keys() - table["rows"].keys():
            yield f"{table['name']}, {way}: only in the first"
    for name in before:
        yield f"{name}: only in the first"
    yield f"{changed} of {compared} figures changed beyond the noise"


def shown(figure: dict[str, Any], column: dict[str, Any]) -> str:
    from .figures import spread
    return spread(figure, column["digits"])


def by(before: float, after: float) -> str:
    return f", {100 * (after / before - 1):+.0f} %" if before else ""
