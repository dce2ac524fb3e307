"""How the cost of a sample grows: with the sources, and with the interfaces of net/dev."""
from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile

from .loops import SOURCES, apart
from .sample import beside_bare
from .texts import many_interfaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

RATE_HZ = 1000
MORE_SOURCES = ("vmstat", "diskstats", "softirqs", "uptime")
INTERFACES = (1, 64, 1024)
CLONE_NEWNET = 0x40000000


def over_sources(rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    every = [*SOURCES, *(name for name in MORE_SOURCES if os.access(f"/proc/{name}", os.R_OK))]
    for count in (1, 2, 4, 8):
        if count <= len(every):
            yield {"sources": count, **beside_bare(every[:count], RATE_HZ, rounds, seconds)}


def over_interfaces(rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    """In a network namespace of our own, where we may have one; else from a file on the disk."""
    for count in INTERFACES:
        try:
            found = apart(lambda: within_namespace(count, rounds, seconds))  # noqa: B023
            yield {"from": "a network namespace", **found}
        except OSError:
            with tempfile.TemporaryDirectory() as root:
                os.mkdir(f"{root}/net")
                with open(f"{root}/net/dev", "wb") as file:
                    file.write(many_interfaces(count))
                yield {"interfaces": count, "from": "a file",
                       **beside_bare(["net/dev"], RATE_HZ, rounds, seconds, root)}


def within_namespace(count: int, rounds: int, seconds: float) -> dict[str, Any]:
    """OSError where we may not. lo is there already; a pair of veth is two more."""
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
    return {"interfaces": there, **beside_bare(["net/dev"], RATE_HZ, rounds, seconds)}
