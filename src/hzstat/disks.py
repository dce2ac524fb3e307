"""Which block devices are whole disks of their own, so that nothing is counted twice.

What a partition transfers, or a device made of others (dm, md, loop, a zvol), is counted by the
disk below it, too; and ram and zram are memory. sysfs knows partitions and what is made of what.
Without it (a tree of files, a recording) a name tells: a partition's is its disk's and a number,
with a `p` between where the disk's name ends in a digit.
"""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from .procfs import Root

PROC = "/proc"
ELSEWHERE = "/nowhere/proc"     # the tree of another machine: what is known there stays unknown
STACKED = ("loop", "ram", "zram", "dm-", "md", "zd")      # never disks of their own


def whole(names: Collection[str], root: Root = None) -> list[str]:
    """Those of `names` that are whole disks, in their order. sysfs is looked for beside `root`."""
    sysfs = os.path.join(os.path.dirname(os.path.abspath(root or PROC)), "sys", "block")
    known = os.path.isdir(sysfs)
    return [name for name in names if not name.startswith(STACKED)
            and (on_its_own(sysfs, name) if known else not partition(name, names))]


def whole_of(names: Collection[bytes], root: Root = None) -> list[bytes]:
    """The same of names as the kernel has them."""
    return [os.fsencode(name) for name in whole([os.fsdecode(name) for name in names], root)]


def on_its_own(sysfs: str, name: str) -> bool:
    """Whether sysfs has it as a disk, and not as one that is made of others."""
    folder = os.path.join(sysfs, name.replace("/", "!"))
    try:
        return not os.listdir(os.path.join(folder, "slaves"))
    except OSError:
        return os.path.isdir(folder)


def partition(name: str, names: Collection[str]) -> bool:
    """Whether one of `names` is the disk that it is a part of."""
    disk = name.rstrip("0123456789")
    if disk == name:
        return False
    return disk in names if disk[-1:] != "p" else disk in names or disk[:-1] in names
