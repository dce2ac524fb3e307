"""/proc/uptime: how long the machine has been up.

3677.69 7228.65
"""
from hzstat._columns import ColumnsSource

from .descriptor import COUNTER, Descriptor

DESCRIPTOR = Descriptor(
    "uptime", "Documentation/filesystems/proc.rst", "", (
        ("uptime_s", "s", COUNTER, "", "since boot, suspended time included"),
        ("idle_s", "s", COUNTER, "", "idle time of all CPUs, added up"),
    ), parser=lambda: ColumnsSource("uptime", (("uptime_s", "f8"), ("idle_s", "f8"))))
