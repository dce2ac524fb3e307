"""/proc/net/dev: the traffic of each network interface."""
from hzstat._net_dev import NetDevSource

from .descriptor import COUNTER, KEY, Descriptor

DESCRIPTOR = Descriptor(
    "net/dev", "Documentation/networking/statistics.rst",
    {"name": ("", KEY), "rx_bytes": ("bytes", COUNTER), "tx_bytes": ("bytes", COUNTER)},
    other_fields=("packets", COUNTER),
    parser=NetDevSource,
)
