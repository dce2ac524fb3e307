"""/proc/PID/io: what a process read and wrote; needs the right to trace it.

rchar: 323934931
read_bytes: 0
"""
from .descriptor import COUNTER, Descriptor

DESCRIPTOR = Descriptor(
    "PID/io", "Documentation/filesystems/proc.rst", "2.6.20", (
        ("rchar", "bytes", COUNTER, "2.6.20", "got from read() and its like, cached or not"),
        ("wchar", "bytes", COUNTER, "2.6.20", "given to write() and its like"),
        ("syscr", "events", COUNTER, "2.6.20", "calls of read() and its like"),
        ("syscw", "events", COUNTER, "2.6.20", "calls of write() and its like"),
        ("read_bytes", "bytes", COUNTER, "2.6.20", "fetched from storage"),
        ("write_bytes", "bytes", COUNTER, "2.6.20", "changed in cache, to go to storage"),
        ("cancelled_write_bytes", "bytes", COUNTER, "2.6.20",
         "of write_bytes: truncated, so never written"),
        ("*", "", COUNTER, "", "another count"),
    ))
