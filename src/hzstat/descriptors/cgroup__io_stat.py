"""io.stat of a cgroup (version 2): its I/O on each block device.

8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=50331648 dios=3021
"""
from hzstat._io_stat import IoStatSource

from .descriptor import CGROUP, CGROUP_NEEDS, COUNTER, KEY, MASK, Descriptor

DESCRIPTOR = Descriptor(
    "cgroup/io.stat", "Documentation/admin-guide/cgroup-v2.rst", "4.5", (
        ("major", "", KEY, "4.5", "major device number"),
        ("minor", "", KEY, "4.5", "minor device number"),
        ("rbytes", "bytes", COUNTER, "4.5", "read"),
        ("wbytes", "bytes", COUNTER, "4.5", "written"),
        ("rios", "requests", COUNTER, "4.5", "reads"),
        ("wios", "requests", COUNTER, "4.5", "writes"),
        ("dbytes", "bytes", COUNTER, "4.19", "discarded"),
        ("dios", "requests", COUNTER, "4.19", "discards"),
        ("present", "", MASK, "", "which of the fields were printed"),
    ), parser=IoStatSource, root=CGROUP, needs=CGROUP_NEEDS)
