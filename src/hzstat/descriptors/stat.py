"""/proc/stat: time spent by each CPU, and what the machine did since boot.

cpu  7343 1 3793 722865 357 0 71 16 0 0
cpu0 2013 0 1231 363900 12 0 13 6 0 0
"""
from hzstat._stat import StatSource

from .descriptor import COUNTER, GAUGE, KEY, MASK, Descriptor

DESCRIPTOR = Descriptor(
    "stat", "Documentation/filesystems/proc.rst", "", (
        ("cpu", "", KEY, "", "number of the CPU; -1 for all together"),
        ("user", "ticks", COUNTER, "", "in programs, guests included"),
        ("nice", "ticks", COUNTER, "", "in programs of lowered priority"),
        ("system", "ticks", COUNTER, "", "in the kernel"),
        ("idle", "ticks", COUNTER, "", "nothing to do; may run backwards"),
        ("iowait", "ticks", COUNTER, "2.5.41", "idle with disk I/O pending; may run backwards"),
        ("irq", "ticks", COUNTER, "2.6.0", "in interrupt handlers"),
        ("softirq", "ticks", COUNTER, "2.6.0", "in deferred interrupt work"),
        ("steal", "ticks", COUNTER, "2.6.11", "wanted, but the hypervisor ran others"),
        ("guest", "ticks", COUNTER, "2.6.24", "running virtual CPUs; also in user"),
        ("guest_nice", "ticks", COUNTER, "2.6.33", "running niced virtual CPUs; also in nice"),
        ("intr", "events", COUNTER, "", "interrupts, numbered or not"),
        ("ctxt", "events", COUNTER, "", "context switches"),
        ("btime", "s", GAUGE, "", "when the machine booted, Unix time"),
        ("processes", "tasks", COUNTER, "", "processes and threads ever created"),
        ("procs_running", "tasks", GAUGE, "2.5.45", "running or ready to"),
        ("procs_blocked", "tasks", GAUGE, "2.5.45", "waiting for disk I/O"),
        ("softirqs", "events", COUNTER, "2.6.31", "softirqs of every kind (first of its line)"),
        ("present", "", MASK, "", "which of the fields were printed"),
    ), parser=StatSource)
