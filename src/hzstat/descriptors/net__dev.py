"""/proc/net/dev: the traffic of each network interface.

    lo:  105993     129    0    0    0     0          0         0   105993     129    0    0 …
  eth0: 34872214    1140    0    0    0     0          0         0    98497     822    0    0 …
"""
from hzstat._net_dev import NetDevSource

from .descriptor import COUNTER, KEY, Descriptor

DESCRIPTOR = Descriptor(
    "net/dev", "Documentation/networking/statistics.rst", "", (
        ("name", "", KEY, "", "the interface"),
        ("rx_bytes", "bytes", COUNTER, "", "received"),
        ("rx_packets", "packets", COUNTER, "", "received"),
        ("rx_errs", "packets", COUNTER, "", "arrived broken"),
        ("rx_drop", "packets", COUNTER, "", "received well, but dropped"),
        ("rx_fifo", "events", COUNTER, "", "receive queue overflowed"),
        ("rx_frame", "packets", COUNTER, "", "of wrong length, checksum or alignment"),
        ("rx_compressed", "packets", COUNTER, "", "received compressed"),
        ("rx_multicast", "packets", COUNTER, "", "received as multicast"),
        ("tx_bytes", "bytes", COUNTER, "", "sent"),
        ("tx_packets", "packets", COUNTER, "", "sent"),
        ("tx_errs", "packets", COUNTER, "", "could not be sent"),
        ("tx_drop", "packets", COUNTER, "", "dropped before they were sent"),
        ("tx_fifo", "events", COUNTER, "", "send queue ran empty or overflowed"),
        ("tx_colls", "events", COUNTER, "", "collisions while sending"),
        ("tx_carrier", "packets", COUNTER, "", "carrier lost, send aborted, and the like"),
        ("tx_compressed", "packets", COUNTER, "", "sent compressed"),
    ), parser=NetDevSource)
