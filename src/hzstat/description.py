"""What is known of a source's fields: units, kinds, since when, and where the kernel says so."""
from __future__ import annotations

from fnmatch import fnmatchcase

from . import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .descriptors.descriptor import Descriptor


class Field:
    """One field of a source: its name, unit, kind (`counter`: only grows, until a reset; `gauge`;
    `key`: tells a row from others; `mask`), the kernel it is there since, and what it means."""

    __slots__ = ("kind", "meaning", "name", "since", "unit")

    def __init__(self, name: str, unit: str, kind: str, since: str, meaning: str) -> None:
        self.name = name
        self.unit = unit
        self.kind = kind
        self.since = since
        self.meaning = meaning

    def __repr__(self) -> str:
        return (f"Field({self.name!r}, {self.unit!r}, {self.kind!r}, {self.since!r}, "
                f"{self.meaning!r})")


class Description:
    """One source: its name, path, kernel document, and fields; print it to read it.

    `fields` holds what is known without a look at the file. A keyed file's own names can be more:
    a field named with a `*` stands for those, and of(names) describes just the names given.
    """

    def __init__(self, descriptor: Descriptor) -> None:
        self.name = descriptor.name
        self.path = "/".join([descriptor.usual_root, *(["PID"] if descriptor.per_process else []),
                              descriptor.file])
        self.document = descriptor.document
        self.since = descriptor.since
        self.keyed = descriptor.parser is None
        self.fields = tuple(Field(*row) for row in descriptor.fields)

    def of(self, names: Iterable[str] | None = None) -> Iterator[Field]:
        """The field of each name, a row's if none are given; KeyError for one that can't be."""
        exact = {field.name: field for field in self.fields}
        patterns = [field for field in self.fields if "*" in field.name]
        for name in exact if names is None else names:
            known = exact.get(name)
            if known is None:
                pattern = next((one for one in patterns if fnmatchcase(name, one.name)), None)
                if pattern is None:
                    raise KeyError(f"{self.name} has no field {name!r}")
                known = Field(name, pattern.unit, pattern.kind, pattern.since, pattern.meaning)
            yield known

    def __str__(self) -> str:
        rows = [(field.name, field.unit, field.kind, field.since, field.meaning)
                for field in self.fields]
        rows = [("field", "unit", "kind", "since", ""), *rows]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        head = f"{self.name}: {self.path}" + (f", since Linux {self.since}" if self.since else "")
        return "\n".join([head, self.document, *("  ".join(
            [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            + [row[4]]).rstrip() for row in rows)])

    __repr__ = __str__


def describe(name: str) -> Description:
    """What is known of the source `name`; ValueError where there is none."""
    return Description(descriptors.find(name))
