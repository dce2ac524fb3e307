"""/proc/schedstat: what the scheduler did on each CPU (its `domain` lines are left out).

version 15
cpu0 0 0 1543121 640013 811205 402112 91211349110 13093845101 893312
"""
from hzstat._schedstat import SchedstatSource

from .descriptor import COUNTER, KEY, Descriptor

DESCRIPTOR = Descriptor(
    "schedstat", "Documentation/scheduler/sched-stats.rst", "", (
        ("cpu", "", KEY, "", "number of the CPU"),
        ("yld_count", "events", COUNTER, "", "calls of sched_yield()"),
        ("sched_switch", "events", COUNTER, "", "0: of a former scheduler"),
        ("sched_count", "events", COUNTER, "", "calls of schedule()"),
        ("sched_goidle", "events", COUNTER, "", "of sched_count: nothing to run was found"),
        ("ttwu_count", "events", COUNTER, "", "tasks woken up from here"),
        ("ttwu_local", "events", COUNTER, "", "of ttwu_count: to run on this CPU"),
        ("run_ns", "ns", COUNTER, "", "tasks ran (jiffies before 2.6.23)"),
        ("wait_ns", "ns", COUNTER, "", "tasks were ready and waited, added up"),
        ("timeslices", "events", COUNTER, "", "times that a task got the CPU"),
    ), parser=SchedstatSource, needs="a kernel with CONFIG_SCHEDSTATS")
