"""/proc/stat: time spent by each CPU."""
from hzstat._stat import StatSource

from .descriptor import COUNTER, KEY, MASK, Descriptor

DESCRIPTOR = Descriptor(
    "stat", "Documentation/filesystems/proc.rst, 1.7",
    {"cpu": ("", KEY), "present": ("", MASK)},
    other_fields=("ticks", COUNTER),        # of USER_HZ; idle and iowait can run backwards
    parser=StatSource,
)
