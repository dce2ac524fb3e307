"""Which rows of diskstats are disks, so that nothing is counted twice.

What goes to a partition is in its disk's row, too, and what goes through a stack (device mapper,
RAID, a file) in that of what is below.
"""
from __future__ import annotations

import re

STACKED = re.compile(rb"(loop|ram|zram|dm-|md|drbd|bcache)\d")
PARTITION = re.compile(rb"(.*\d)p\d+|(.*\D)\d+", re.DOTALL)


def whole(names: list[bytes]) -> list[bool]:
    """For each name of a device whether it is a disk; where all are stacked, all that are no
    partitions (a container may be shown no others)."""
    known = set(names)
    parts = [found is not None and (found[1] or found[2]) in known
             for found in map(PARTITION.fullmatch, names)]
    disks = [not part and not STACKED.match(name)
             for part, name in zip(parts, names, strict=True)]
    return disks if any(disks) else [not part for part in parts]
