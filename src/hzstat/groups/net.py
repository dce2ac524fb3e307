"""-n and --tcp: what goes over the network, and what gets lost."""
from __future__ import annotations

from .group import Choice, Column, Group
from .quantity import BIT_RATE, BYTE_RATE, RATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key


def traffic(at: Spans, key: Key) -> Mapping[str, Moments]:
    """Of one interface, or of all but lo."""
    from hzstat.windows import outward
    fields = "rx_bytes", "tx_bytes"
    recv, send = at.total_growth("net/dev", *fields, counted=outward) if key is None else \
        at.growth("net/dev", *fields, where=("name", key))
    return {"recv": recv, "send": send}


def tcp(at: Spans, key: Key) -> Mapping[str, Moments]:
    return {"retr": at.growth("net/snmp", "Tcp.RetransSegs")[0],
            "drop": at.growth("net/netstat", "TcpExt.ListenDrops")[0]}


NET = Group("net", "n", "net/total", "network: bytes a second, and max, of one sample",
            ("net/dev",), (
                Column("recv", "recv", BYTE_RATE, "rx_bytes", bits=BIT_RATE),
                Column("send", "send", BYTE_RATE, "tx_bytes", bits=BIT_RATE),
            ), traffic, prefix="net/", bursts=("max",), over_time=True,
            choice=Choice("N", "eth0,total", "interface", "net/dev", "name"))

TCP = Group("tcp", "", "tcp", "TCP: segments sent again, openings dropped, a second",
            ("net/snmp", "net/netstat"), (
                Column("retr", "retr", RATE, "Tcp.RetransSegs of net/snmp", levels=(1, 100)),
                Column("drop", "drop", RATE, "TcpExt.ListenDrops of net/netstat",
                       levels=(0.01, 10)),
            ), tcp, over_time=True)
