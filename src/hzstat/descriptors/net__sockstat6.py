"""/proc/net/sockstat6: sockets of IPv6 in use. (Buffers are counted in net/sockstat.)

TCP6: inuse 0
FRAG6: inuse 0 memory 0
"""
from .descriptor import GAUGE, IPV6, Descriptor

DESCRIPTOR = Descriptor(
    "net/sockstat6", "Documentation/filesystems/proc.rst", "", (
        ("TCP6.inuse", "sockets", GAUGE, "", "listening or connected"),
        ("UDP6.inuse", "sockets", GAUGE, "", "UDP sockets"),
        ("FRAG6.inuse", "packets", GAUGE, "", "being put together from fragments"),
        ("FRAG6.memory", "bytes", GAUGE, "", "fragments waiting for the rest"),
        ("*.inuse", "sockets", GAUGE, "", "sockets of another protocol"),
        ("*.memory", "bytes", GAUGE, "", "memory of another protocol"),
        ("*", "", GAUGE, "", "another count"),
    ), shape="groups", needs=IPV6)
