"""Writes docs/sources.md from the descriptors: python docs/sources.py > docs/sources.md"""
import hzstat

HEAD = """\
# The sources and their fields

Made from the descriptors by `make docs`; `hzstat.describe(name)` tells the same. A name with a `*`
stands for all of that form which no line above it names: keyed files have the fields that the
kernel prints, whatever they are. A *counter* only grows, until a reset; a *gauge* goes up and down;
a *key* tells a row from the others; a *mask* tells which fields were printed: bit i stands for the
row's field i, counted from 0. "Since" is the first
kernel that had the field in this file, where somebody has looked it up; ticks are those of USER_HZ.
"""


def table(source):
    yield f"\n## {source.name}\n"
    since = f", since Linux {source.since}" if source.since else ""
    yield f"`{source.path}`{since}. Kernel document: {source.document}.\n"
    yield "| field | unit | kind | since | |\n|---|---|---|---|---|"
    for field in source.fields:
        cells = f"`{field.name}`", field.unit, field.kind, field.since, field.meaning
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


print(HEAD + "\n".join(line for name in hzstat.sources() for line in table(hzstat.describe(name))))
