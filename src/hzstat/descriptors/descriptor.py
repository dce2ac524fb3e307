"""What a descriptor tells of a source."""
from __future__ import annotations

import os

from hzstat._keyed import KeyedSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hzstat._bytes import Bytes
    from hzstat._keyed import Learnt
    from hzstat._source import Source

    # Name, or a pattern with one * for a family of names; unit; kind; the kernel that first had
    # it ("" where nobody has looked it up); what it means.
    FieldRow = tuple[str, str, str, str, str]

COUNTER = "counter"      # only ever grows, until a reset
GAUGE = "gauge"
KEY = "key"              # tells a row from the others
MASK = "mask"            # tells which fields of the row were printed

IPV6 = "a kernel with IPv6, not switched off"
CGROUP_NEEDS = "control groups of version 2, mounted, with the controller that counts this"
UNLIMITED = float("inf")

PROC, CGROUP = "/proc", "/sys/fs/cgroup"
HYBRID_CGROUP = "/sys/fs/cgroup/unified"    # where version 1 has the usual place
CPUACCT = "/sys/fs/cgroup/cpuacct"          # version 1's, or the like with another controller:
OTHER_CPUACCTS = ("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpuacct,cpu", "/cgroup/cpuacct",
                  "/cgroup/cpu,cpuacct", "/cgroup")


class Descriptor:
    """One source: its name, where it is, its kernel document, and its fields.

    `fields` are the rows of its table; the first that matches a name describes it. `parser` makes
    the parser of a table file. Without one it is a keyed file, whose fields are learnt from its
    text, laid out as `shape` says (one of _keyed's); `signed` are those that may be negative.
    `root` is the tree that it is usually in, `file` its path there where that isn't the name (a
    pattern, where it is many files), and `since` the kernel that first had it. `needs` says what it
    takes to have it, where many hosts lack it, and `most_hz` how often it may be read without harm
    to what it tells.
    """

    __slots__ = ("document", "fields", "file", "most_hz", "name", "needs", "parser", "shape",
                 "signed", "since", "usual_root")

    def __init__(self, name: str, document: str, since: str, fields: tuple[FieldRow, ...], *,
                 parser: Callable[[], Source] | None = None, shape: str = "lines",
                 signed: tuple[str, ...] = (), root: str = PROC, file: str = "",
                 needs: str = "", most_hz: float = UNLIMITED) -> None:
        self.name = name
        self.document = document
        self.since = since
        self.fields = fields
        self.parser = parser
        self.shape = shape
        self.signed = signed
        self.usual_root = root
        self.needs = needs
        self.most_hz = most_hz
        self.file = file or name.removeprefix("PID/").removeprefix("cgroup/")

    @property
    def root(self) -> str:
        """The tree that it is in on this host, if none is given."""
        if self.usual_root == CGROUP and not os.path.exists(f"{CGROUP}/cgroup.controllers") \
                and os.path.exists(HYBRID_CGROUP):
            return HYBRID_CGROUP
        if self.usual_root == CPUACCT:
            return next((root for root in (CPUACCT, *OTHER_CPUACCTS)
                         if os.path.exists(f"{root}/{self.file}")), CPUACCT)
        return self.usual_root

    @property
    def per_process(self) -> bool:
        """Whether it is a file of one process, named PID/…"""
        return self.name.startswith("PID/")

    @property
    def many_rows(self) -> bool:
        """Whether rows may come and go; a file of one row has no key to tell it by."""
        return any(kind == KEY for _, _, kind, _, _ in self.fields)

    def learn(self, text: Bytes, path: str) -> Source:
        """The parser for this `text`, which was read from `path`; ParseError if it is broken."""
        if self.parser:
            return self.parser()
        known = {name for name, *_ in self.fields} if self.shape == "status" else None
        return KeyedSource.learn(self.name, self.shape, text, path, known, self.signed)

    def again(self, learnt: Learnt | None) -> Source:
        """The parser that has learnt this before (Source.recipe() tells it)."""
        return KeyedSource(self.name, *learnt) if learnt else self.learn(b"", self.name)
