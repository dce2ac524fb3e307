"""-d: what is read from and written to disks."""
from __future__ import annotations

from hzstat.disks import whole, whole_of

from .group import Choice, Column, Group
from .quantity import BYTE_RATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key

SECTOR_BYTES = 512          # in diskstats, whatever the device's


def measure(at: Spans, key: Key) -> Mapping[str, Moments]:
    """Of one device, or of all whole disks."""
    fields = "rd_sectors", "wr_sectors"

    def counted(names: NDArray[Any]) -> NDArray[Any]:
        import numpy as np
        return np.isin(names, whole_of(np.unique(names).tolist(), at.root))

    read, writ = at.total_growth("diskstats", *fields, counted=counted) if key is None else \
        at.growth("diskstats", *fields, where=("name", key))
    return {"read": read.times(SECTOR_BYTES), "writ": writ.times(SECTOR_BYTES)}


GROUP = Group("disk", "d", "dsk/total", "disk: bytes a second, and max, of one sample",
              ("diskstats",), (
                  Column("read", "read", BYTE_RATE, "512 rd_sectors"),
                  Column("writ", "writ", BYTE_RATE, "512 wr_sectors"),
              ), measure, prefix="dsk/", bursts=("max",), over_time=True,
              choice=Choice("D", "sda,total", "disk", "diskstats", "name", whole))
