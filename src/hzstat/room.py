"""How much memory the control groups of this process leave it.

Shared memory counts for the group of the process that touches it first. A group that is full has
no error to return for that: the kernel ends a process of it. So who reserves much looks here first.

v1: Documentation/admin-guide/cgroup-v1/memory.rst, v2: Documentation/admin-guide/cgroup-v2.rst.
"""
from __future__ import annotations

import sys

from .cgroups import groups, text_of

# What tells it in each version: the limit, the usage, and the keys of memory.stat for the part of
# the usage that the kernel gives back when it needs to.
V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file",
                                                         "total_active_file"))
V2 = ("memory.max", "memory.current", ("inactive_file", "active_file"))


def memory_left(root: str = "/") -> tuple[int, str]:
    """(bytes, folder): what the tightest of this process's groups leaves, and which that is.

    (sys.maxsize, "") where none has a limit, or none can be looked at.
    """
    tightest = sys.maxsize, ""
    for folder, version in groups("memory", root):
        left = left_in(folder, *(V1 if version == 1 else V2))
        if left is not None:
            tightest = min(tightest, (left, folder))
    return tightest


def left_in(folder: str, limit: str, usage: str, given_back: tuple[str, str]) -> int | None:
    """The bytes that this group leaves; None if it has no limit, or no files that tell."""
    try:
        most = text_of(f"{folder}/{limit}").strip()
        if most == "max":
            return None
        used = int(text_of(f"{folder}/{usage}"))
        pages = dict(line.split() for line in text_of(f"{folder}/memory.stat").splitlines())
    except OSError:
        return None
    return int(most) - used + sum(int(pages.get(name, 0)) for name in given_back)
