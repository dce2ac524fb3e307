"""/proc/loadavg: the load averages."""
from hzstat._loadavg import LoadavgSource

from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "loadavg", "Documentation/filesystems/proc.rst, 1.2",
    {"last_pid": ("", GAUGE)},
    other_fields=("tasks", GAUGE),
    parser=LoadavgSource,
)
