"""How the cost of a sample grows: with the sources, and with the interfaces of net/dev."""
from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from functools import partial

from .forks import apart
from .frame import Column, Table
from .loops import SOURCES
from .sample import beside_bare
from .texts import many_interfaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .figures import Figure

RATE_HZ = 1000
MORE_SOURCES = ("vmstat", "diskstats", "softirqs", "uptime")
COLUMNS = (Column("bare_us", "bare loop, us a sample", 1), Column("hzstat_us", "hzstat", 1),
           Column("ratio", "x bare loop"))
INTERFACES = (1, 64, 1024)
CLONE_NEWNET = 0x40000000


def over_sources(rounds: int, seconds: float, step: Callable[[str], None]) -> Table:
    table = Table("sources", f"sources, at {RATE_HZ} Hz", "sources", COLUMNS, "hzstat_us")
    every = [*SOURCES, *(name for name in MORE_SOURCES if os.access(f"/proc/{name}", os.R_OK))]
    for count in (1, 2, 4, 8):
        step(f"{count} sources")
        if count <= len(every):
            table.rows[str(count)] = beside_bare(every[:count], RATE_HZ, rounds, seconds)
    return table


def over_interfaces(rounds: int, seconds: float, step: Callable[[str], None]) -> Table:
    """In a network namespace of our own, where we may have one; else from a file on the disk."""
    table = Table("interfaces", f"interfaces in net/dev, at {RATE_HZ} Hz", "interfaces", COLUMNS,
                  "hzstat_us")
    for count in INTERFACES:
        step(f"{count} interfaces")
        try:
            there, found = apart(partial(within_namespace, count, rounds, seconds))
            table.rows[str(there)] = found
        except OSError:
            with tempfile.TemporaryDirectory() as root:
                os.mkdir(f"{root}/net")
                with open(f"{root}/net/dev", "wb") as file:
                    file.write(many_interfaces(count))
                table.rows[f"{count}, in a file"] = beside_bare(["net/dev"], RATE_HZ, rounds,
                                                                seconds, root)
    return table


def within_namespace(count: int, rounds: int, seconds: float) -> tuple[int, dict[str, Figure]]:
    """How many there were, and the figures; OSError where we may not. lo is there already, and a
    pair of veth is two more."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "no network namespace")
    pairs = "".join(f"link add a{n} type veth peer name b{n}\n" for n in range(count // 2))
    made = subprocess.run(["ip", "-batch", "-"], input=pairs, text=True, check=False,
                          capture_output=True)
    if made.returncode:
        raise OSError(0, made.stderr)
    with open("/proc/net/dev") as file:
        there = len(file.readlines()) - 2
    return there, beside_bare(["net/dev"], RATE_HZ, rounds, seconds)
