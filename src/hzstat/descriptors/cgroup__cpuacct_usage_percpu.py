"""cpuacct.usage_percpu of a cgroup (version 1): how long its tasks ran on each CPU.

7556906271493 8275941262953
"""
from hzstat._cpuacct import CpuacctSource

from .descriptor import COUNTER, CPUACCT, KEY, Descriptor

DESCRIPTOR = Descriptor(
    "cgroup/cpuacct.usage_percpu", "Documentation/admin-guide/cgroup-v1/cpuacct.rst", "2.6.30", (
        ("cpu", "", KEY, "2.6.30", "number of the CPU (its place among the possible ones)"),
        ("usage_ns", "ns", COUNTER, "2.6.30", "tasks of the cgroup ran; all tasks, for the root"),
    ), parser=CpuacctSource, root=CPUACCT,
    needs="control groups of version 1 with cpuacct, mounted")
