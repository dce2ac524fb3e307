"""-m and -s: memory and swap space."""
from __future__ import annotations

from .group import Column, Group
from .quantity import BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans


KIB = 1024.0


def of_meminfo(at: Spans, whole: str, left: str, rest: str) -> Mapping[str, Moments]:
    """What is used of the `whole`, and what is `left`, called `rest`.

    In some containers the one is the container's and the other the host's: never below 0.
    """
    from hzstat.moments import of_gauge
    all_kb, left_kb = at.level("meminfo", whole), at.level("meminfo", left)
    if not len(all_kb) or not len(left_kb):
        return {}
    used_kb = (all_kb.astype("f8") - left_kb).clip(0)
    return {"used": of_gauge(used_kb * KIB), rest: of_gauge(left_kb * KIB)}


MEMORY = Group("memory", "m", "memory", "memory: used, available", ("meminfo",), (
    Column("used", "used", BYTES, "MemTotal - MemAvailable"),
    Column("avai", "avai", BYTES, "MemAvailable (Linux 3.14)", burst=False),
), lambda at, key: of_meminfo(at, "MemTotal", "MemAvailable", "avai"), aliases=("mem",))

SWAP = Group("swap", "s", "swap", "swap space: used, free", ("meminfo",), (
    Column("used", "used", BYTES, "SwapTotal - SwapFree"),
    Column("free", "free", BYTES, "SwapFree", burst=False),
), lambda at, key: of_meminfo(at, "SwapTotal", "SwapFree", "free"))
