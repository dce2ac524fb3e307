"""/proc/softirqs: deferred interrupt work by kind, for each CPU.

                    CPU0       CPU1
       TIMER:      19390      24393
"""
from hzstat._softirqs import SoftirqsSource

from .descriptor import COUNTER, KEY, MASK, Descriptor

DESCRIPTOR = Descriptor(
    "softirqs", "Documentation/filesystems/proc.rst", "2.6.31", (
        ("cpu", "", KEY, "2.6.31", "number of the CPU"),
        ("HI", "events", COUNTER, "2.6.31", "tasklets of high priority"),
        ("TIMER", "events", COUNTER, "2.6.31", "timers that count in jiffies"),
        ("NET_TX", "events", COUNTER, "2.6.31", "network sending"),
        ("NET_RX", "events", COUNTER, "2.6.31", "network receiving"),
        ("BLOCK", "events", COUNTER, "2.6.31", "completion of disk I/O"),
        ("IRQ_POLL", "events", COUNTER, "2.6.32", "polled I/O (BLOCK_IOPOLL before 4.5)"),
        ("TASKLET", "events", COUNTER, "2.6.31", "tasklets of normal priority"),
        ("SCHED", "events", COUNTER, "2.6.31", "load balancing between CPUs"),
        ("HRTIMER", "events", COUNTER, "2.6.31", "timers of high resolution"),
        ("RCU", "events", COUNTER, "2.6.31", "RCU callbacks"),
        ("present", "", MASK, "", "which of the fields were printed"),
    ), parser=SoftirqsSource)
