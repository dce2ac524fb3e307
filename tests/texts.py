"""The texts that the parsers are tried on, and what hzstat and the oracle say to one."""
import json
import os
import re
from pathlib import Path

import oracle

import hzstat

FIXTURES = Path(__file__).parent / "fixtures"
GOLDENS = {path.stem: json.loads(path.read_text())
           for path in (FIXTURES.parent / "goldens").glob("*.json")}
# (machine, source, the process or cgroup that it is about or "")
CASES = [(machine, *entry.partition("@")[::2]) for machine, golden in sorted(GOLDENS.items())
         for entry in golden]
NAMES = {"name", "kind", "comm", "state"}       # bytes in a row, text in a golden

HEAD = b"Inter-|   Receive  |  Transmit\n face |bytes    |bytes\n"
SIXTEEN = b" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
TOO_LARGE = b"18446744073709551616"


def place_of(machine, source, owner):
    """The arguments for hzstat.read(), and where its file, or its folder of files, is."""
    kind, _, file = source.partition("/")
    root = FIXTURES / machine / "proc"
    if kind == "cgroup":
        root = FIXTURES / machine / "cgroup" / owner
        return {"root": root}, root / file
    if kind == "cpuidle":
        root = FIXTURES / machine / "cpu"
        return {"root": root}, root
    if kind == "PID":
        pid, = [owner] if owner else [path.name for path in root.iterdir() if path.name.isdigit()]
        return {"root": root, "pid": int(pid)}, root / pid / file
    return {"root": root}, root / source


def files_of(machine, source, owner=""):
    """The files that make one text together, by the numbers in their names; mostly it is one."""
    path = place_of(machine, source, owner)[1]

    def numbers(file):
        return [int(digits) for digits in re.findall(r"\d+", str(file.relative_to(path)))]
    return [path] if path.is_file() else sorted(
        (file for file in path.rglob("*") if file.is_file()), key=numbers)


def text_of(machine, source, owner=""):
    path = place_of(machine, source, owner)[1]
    if path.is_file():
        return path.read_bytes()
    return b"".join(b"%s:%s" % (os.fsencode(file.relative_to(path)), file.read_bytes())
                    for file in files_of(machine, source, owner))


def records(array):
    return [dict(zip(array.dtype.names, row, strict=True)) for row in array.tolist()]


def golden_of(machine, source, owner=""):
    rows = GOLDENS[machine][f"{source}@{owner}" if owner else source]
    return [{field: value.encode("utf-8", "surrogateescape") if field in NAMES else value
             for field, value in row.items()} for row in rows]


def said(source, text):
    """What hzstat makes of `text`: its records, or the offset of its ParseError."""
    try:
        return records(hzstat.parse(source, text))
    except hzstat.ParseError as failure:
        return failure.offset


def truth(source, text):
    """What the oracle makes of it."""
    try:
        return oracle.SOURCES[source](text)
    except oracle.Broken as failure:
        return failure.offset
