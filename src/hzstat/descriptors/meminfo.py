"""/proc/meminfo: how memory is used."""
from hzstat._keyed import KeyedSource

from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "meminfo", lambda text, path: KeyedSource.learn("meminfo", text, path),
    "Documentation/filesystems/proc.rst, meminfo",
    {f"HugePages_{state}": ("pages", GAUGE) for state in ("Total", "Free", "Rsvd", "Surp")},
    other_fields=("kB", GAUGE),
)
