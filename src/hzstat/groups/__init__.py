"""The groups of columns that rows consist of: each is one definition, and listed here."""
from __future__ import annotations

from . import clock, cpu, disk, memory, net, pressure, system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .group import Group

GROUPS: dict[str, Group] = {group.name: group for group in (
    cpu.GROUP, memory.MEMORY, net.NET, system.LOADS, disk.GROUP, memory.SWAP, system.SYSTEM,
    system.TASKS_GROUP, net.TCP, pressure.GROUP, clock.TIME, clock.SINCE_EPOCH)}
DEFAULT = ("cpu", "memory", "net", "load")
ALL = ("cpu", "disk", "net", "load", "memory", "time")          # as -a, in the order of -cdnlmt
SOURCES = tuple(dict.fromkeys(source for group in GROUPS.values() for source in group.sources))
