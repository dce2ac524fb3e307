"""cpu.stat of a cgroup (version 2): CPU time, and how the limit throttled it.

usage_usec 112161882
user_usec 73467059
"""
from .descriptor import CGROUP, CGROUP_NEEDS, COUNTER, Descriptor

DESCRIPTOR = Descriptor(
    "cgroup/cpu.stat", "Documentation/admin-guide/cgroup-v2.rst", "4.15", (
        ("usage_usec", "us", COUNTER, "4.15", "CPU time"),
        ("user_usec", "us", COUNTER, "4.15", "of usage: in programs"),
        ("system_usec", "us", COUNTER, "4.15", "of usage: in the kernel"),
        ("nice_usec", "us", COUNTER, "", "of usage: at lowered priority"),
        ("nr_periods", "events", COUNTER, "4.15", "periods of the CPU limit with tasks ready"),
        ("nr_throttled", "events", COUNTER, "4.15", "of nr_periods: the limit stopped tasks"),
        ("throttled_usec", "us", COUNTER, "4.15", "time stopped by the limit"),
        ("nr_bursts", "events", COUNTER, "", "periods in which saved time was used"),
        ("burst_usec", "us", COUNTER, "", "saved time used"),
        ("*_usec", "us", COUNTER, "", "another time"),
        ("*", "events", COUNTER, "", "another count"),
    ), root=CGROUP, needs=CGROUP_NEEDS)
