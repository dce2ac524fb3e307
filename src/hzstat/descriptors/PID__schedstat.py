"""/proc/PID/schedstat: how long a process ran and waited to run (its main thread only).

433749 146758 2
"""
from hzstat._columns import ColumnsSource

from .descriptor import COUNTER, Descriptor

DESCRIPTOR = Descriptor(
    "PID/schedstat", "Documentation/scheduler/sched-stats.rst", "", (
        ("run_ns", "ns", COUNTER, "", "time on a CPU (jiffies before 2.6.23)"),
        ("wait_ns", "ns", COUNTER, "", "time ready to run, without a CPU"),
        ("timeslices", "events", COUNTER, "", "times that it got a CPU"),
    ), parser=lambda: ColumnsSource(
        "PID/schedstat", (("run_ns", "u8"), ("wait_ns", "u8"), ("timeslices", "u8"))))
