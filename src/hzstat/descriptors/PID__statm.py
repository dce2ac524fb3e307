"""/proc/PID/statm: the memory of a process.

765 423 394 5 0 123 0
"""
from hzstat._columns import ColumnsSource

from .descriptor import GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "PID/statm", "Documentation/filesystems/proc.rst", "", (
        ("size", "pages", GAUGE, "",
         "address space; 0: a kernel thread, or a process that has ended"),
        ("resident", "pages", GAUGE, "", "in RAM"),
        ("shared", "pages", GAUGE, "", "of resident: files and shared memory"),
        ("text", "pages", GAUGE, "", "program code"),
        ("lib", "pages", GAUGE, "", "0 since 2.6"),
        ("data", "pages", GAUGE, "", "data and stack"),
        ("dt", "pages", GAUGE, "", "0 since 2.6"),
    ), parser=lambda: ColumnsSource("PID/statm", (
        ("size", "u8"), ("resident", "u8"), ("shared", "u8"), ("text", "u8"), ("lib", "u8"),
        ("data", "u8"), ("dt", "u8"))))
