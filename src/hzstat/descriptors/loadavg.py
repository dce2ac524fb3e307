"""/proc/loadavg: how many tasks run or wait for the disk, on average.

0.23 0.15 0.07 2/86 6728
"""
from hzstat._loadavg import LoadavgSource

from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "loadavg", "Documentation/filesystems/proc.rst", "", (
        ("load1", "tasks", GAUGE, "", "average of a minute"),
        ("load5", "tasks", GAUGE, "", "average of 5 minutes"),
        ("load15", "tasks", GAUGE, "", "average of 15 minutes"),
        ("running", "tasks", GAUGE, "", "running or ready to, now"),
        ("total", "tasks", GAUGE, "", "all there are, threads included"),
        ("last_pid", "", GAUGE, "", "process ID given out last"),
    ), parser=LoadavgSource)
