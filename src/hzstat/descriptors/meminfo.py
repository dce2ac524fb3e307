"""/proc/meminfo: how memory is used."""
from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "meminfo", "Documentation/filesystems/proc.rst, meminfo",
    {f"HugePages_{state}": ("pages", GAUGE) for state in ("Total", "Free", "Rsvd", "Surp")},
    other_fields=("kB", GAUGE),
)
