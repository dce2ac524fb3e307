"""/proc/net/sockstat: sockets in use, and the memory of their buffers.

sockets: used 12
TCP: inuse 1 orphan 0 tw 1 alloc 1 mem 192
"""
from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "net/sockstat", "Documentation/filesystems/proc.rst", "", (
        ("sockets.used", "sockets", GAUGE, "", "of every family"),
        ("TCP.inuse", "sockets", GAUGE, "", "listening or connected (IPv4)"),
        ("TCP.orphan", "sockets", GAUGE, "", "closed by the program, not by the peer yet"),
        ("TCP.tw", "sockets", GAUGE, "", "in TIME_WAIT"),
        ("TCP.alloc", "sockets", GAUGE, "", "allocated, in any state"),
        ("TCP.mem", "pages", GAUGE, "", "buffers of TCP"),
        ("UDP.inuse", "sockets", GAUGE, "", "UDP sockets (IPv4)"),
        ("UDP.mem", "pages", GAUGE, "", "buffers of UDP"),
        ("FRAG.inuse", "packets", GAUGE, "", "being put together from fragments"),
        ("FRAG.memory", "bytes", GAUGE, "", "fragments waiting for the rest"),
        ("*.inuse", "sockets", GAUGE, "", "sockets of another protocol"),
        ("*.mem", "pages", GAUGE, "", "buffers of another protocol"),
        ("*.memory", "bytes", GAUGE, "", "memory of another protocol"),
        ("*", "", GAUGE, "", "another count"),
    ), shape="groups")
