"""Each text of a corpus again, compared with the oracle: what fuzzing reached has to be right too.

A keyed text may be two (targets.SEPARATOR): what was learnt from the first parses the second.
Coverage knows no wrong number from a right one, so each text comes with other numbers, too.
"""
import math
import random
import re
import sys
import traceback
from collections import Counter
from pathlib import Path

import oracle
from targets import AGAIN, SEPARATOR, SHAPES, lessons

import hzstat
from hzstat import descriptors
from hzstat.procfs import rows_of

NAMES_IN_LINES = {"lines": re.compile(rb"^([^: \t\n]+)", re.MULTILINE),
                  "status": re.compile(rb"^([^:\n]+):", re.MULTILINE)}

EXTREMES = (0, 10**16 - 1, 10**16, 10**19, 2**31 - 1, 2**63 - 1, 2**63, 2**64 - 1)

sys.set_int_max_str_digits(0)       # the oracle looks at numbers of any length


def main(target, paths):
    """How many texts were compared, printed; 1 if one of them came out wrong."""
    count = failed = 0
    for file in files(map(Path, paths)):
        for text in renumbered(file.read_bytes()):
            for what, wanted, got in differences(target, text):
                print(f"{file}: {what} {text[:2000]!r}\n  oracle: {unlike(wanted, got)}\n"
                      f"  hzstat: {unlike(got, wanted)}", file=sys.stderr)
                failed += 1
        count += 1
    print(f"replayed: {count}")
    return 1 if failed else 0


def files(paths):
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def renumbered(text):
    """The text, and it with a few other numbers; the same ones for the same text."""
    rng = random.Random(text)
    yield text
    for _ in range(4):
        *between, last = re.split(rb"[0-9]+", text)
        numbers = re.findall(rb"[0-9]+", text)
        for i in rng.sample(range(len(numbers)), min(3, len(numbers))):
            numbers[i] = b"%d" % rng.choice((rng.choice(EXTREMES),
                                             rng.randrange(2**64) >> rng.randrange(64)))
        yield b"".join(map(bytes.__add__, between, numbers)) + last


def differences(target, text):
    """(what was parsed, the oracle's result, hzstat's) of each pair that isn't equal."""
    if target in AGAIN:
        target, texts = AGAIN[target], lessons(AGAIN[target])
        text = texts[text[0] % len(texts)] + SEPARATOR + text[1:] if text else b""
    first, separator, second = text.partition(SEPARATOR) if target in SHAPES else (text, b"", b"")
    wanted, got = truth(target, first), said(lambda: hzstat.parse(target, first))
    if not equal(wanted, got):
        yield "parse", wanted, got
    elif separator and isinstance(wanted, list):
        source = descriptors.find(target).learn(first, target)
        wanted = with_keys_of(wanted[0], target, second)
        got = said(lambda: rows_of(second, source, target))
        if wanted is not None and not equal(wanted, got):
            yield "parse with the keys of the first text", wanted, got


def truth(target, text):
    """The rows, or the offset of what is broken."""
    try:
        return oracle.SOURCES[target](text)
    except oracle.Broken as broken:
        return broken.offset


def said(parse):
    """The same from hzstat; or an exception that it may not raise."""
    try:
        rows = parse()
    except hzstat.ParseError as broken:
        return broken.offset
    except Exception:
        return traceback.format_exc()
    return [dict(zip(rows.dtype.names, row, strict=True)) for row in rows.tolist()]


def equal(wanted, got):
    """Equal types, fields in equal order, equal values; a float may be rounded twice."""
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=2**-51)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(equal, wanted, got))
    if isinstance(wanted, dict) and isinstance(got, dict):
        return list(wanted) == list(got) and all(map(equal, wanted.values(), got.values()))
    return type(wanted) is type(got) and wanted == got


def unlike(rows, others):
    """Of rows that have the same fields, only those in which they differ; anything else whole."""
    if not (isinstance(rows, list) and isinstance(others, list)) or [*map(list, rows)] != [
            *map(list, others)]:
        return rows
    return [{field: value for field, value in row.items() if not equal(value, other[field])}
            for row, other in zip(rows, others, strict=True)]


def with_keys_of(row, target, text):
    """What a source that has learnt the fields of `row` is to make of `text`; None: not defined.

    Only the fields of `row` are checked in a text, so other lines may be broken unseen, except
    in plain lines. A key that is there twice may be taken either way.
    """
    wanted = truth(target, text)
    if isinstance(wanted, int):
        return wanted if SHAPES[target] == "lines" else None
    times = names(SHAPES[target], text)
    if any(b"\\" in name for name in (text, *map(str.encode, row))):
        return None         # may stand for a byte that is no UTF-8, which is another key
    if any(times[name.encode()] > 1 for name in row):
        return None
    if not row.keys() <= wanted[0].keys():
        return len(text)
    return [{name: wanted[0][name] for name in row}]


def names(shape, text):
    """How often each name is in a text that is not broken."""
    if shape in NAMES_IN_LINES:
        return Counter(NAMES_IN_LINES[shape].findall(text))
    lines = text.split(b"\n")[:-1]
    found = Counter()
    for line in lines[::2] if shape == "pairs" else lines:
        group, *words = line.split(b" ")
        found.update(group[:-1] + b"." + word
                     for word in (words if shape == "pairs" else words[::2]))
    return found
