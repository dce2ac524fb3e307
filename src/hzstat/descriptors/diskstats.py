"""/proc/diskstats: the I/O of each block device. A sector has 512 bytes, whatever the device's.

 254       0 vda 49289 10321 2827714 8578 33113 16285 2098944 4554 0 7932 13578 5242 26 117712 …
"""
from hzstat._diskstats import DiskstatsSource

from .descriptor import COUNTER, GAUGE, KEY, MASK, Descriptor

DESCRIPTOR = Descriptor(
    "diskstats", "Documentation/admin-guide/iostats.rst", "2.5.69", (
        ("major", "", KEY, "2.5.69", "major device number"),
        ("minor", "", KEY, "2.5.69", "minor device number"),
        ("name", "", KEY, "2.5.69", "the device, or a partition of it"),
        ("rd_ios", "requests", COUNTER, "2.5.69", "reads completed"),
        ("rd_merges", "requests", COUNTER, "2.5.69", "reads merged into a queued one"),
        ("rd_sectors", "sectors", COUNTER, "2.5.69", "read"),
        ("rd_ms", "ms", COUNTER, "2.5.69", "duration of all reads, added up"),
        ("wr_ios", "requests", COUNTER, "2.5.69", "writes completed"),
        ("wr_merges", "requests", COUNTER, "2.5.69", "writes merged into a queued one"),
        ("wr_sectors", "sectors", COUNTER, "2.5.69", "written"),
        ("wr_ms", "ms", COUNTER, "2.5.69", "duration of all writes, added up"),
        ("in_flight", "requests", GAUGE, "2.5.69", "begun and not completed, now"),
        ("io_ms", "ms", COUNTER, "2.5.69", "time with a request in flight"),
        ("queue_ms", "ms", COUNTER, "2.5.69", "io_ms times the requests in flight"),
        ("dc_ios", "requests", COUNTER, "4.18", "discards completed"),
        ("dc_merges", "requests", COUNTER, "4.18", "discards merged into a queued one"),
        ("dc_sectors", "sectors", COUNTER, "4.18", "discarded"),
        ("dc_ms", "ms", COUNTER, "4.18", "duration of all discards, added up"),
        ("fl_ios", "requests", COUNTER, "5.5", "flushes completed; whole disks only"),
        ("fl_ms", "ms", COUNTER, "5.5", "duration of all flushes, added up"),
        ("present", "", MASK, "", "which of the fields were printed"),
    ), parser=DiskstatsSource)
