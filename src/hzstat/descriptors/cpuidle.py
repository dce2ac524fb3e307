"""cpuidle's residency: how long each CPU was idle, from a file for each CPU and idle state.

cpu0/cpuidle/state0/time:0
cpu0/cpuidle/state1/time:8583792071
"""
from hzstat._cpuidle import CpuidleSource

from .descriptor import COUNTER, GAUGE, KEY, Descriptor

DESCRIPTOR = Descriptor(
    "cpuidle", "Documentation/admin-guide/pm/cpuidle.rst", "2.6.24", (
        ("cpu", "", KEY, "2.6.24", "number of the CPU"),
        ("idle_us", "us", COUNTER, "2.6.24", "in idle states of any kind; booked when one is left"),
        ("states", "states", GAUGE, "", "how many idle states that is the sum of"),
    ), parser=CpuidleSource, root="/sys/devices/system/cpu", file=CpuidleSource().files or "",
    needs="a driver for idle states, which most virtual machines lack")
