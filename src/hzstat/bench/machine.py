"""The machine that figures are from, and what is wrong with it as a place to measure."""
from __future__ import annotations

import os
import platform
import time

from hzstat import shares
from hzstat.cgroups import first_line, quota_cores, throttled
from hzstat.deltas import rates
from hzstat.errors import HzstatError
from hzstat.host import cpu_model, gil
from hzstat.procfs import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LOOK_SECONDS = 0.3
BUSY, STOLEN = 0.15, 0.02       # shares of the CPUs' time from which on a machine is no quiet one
GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"


class Machine:
    """As it was before the run."""

    def __init__(self) -> None:
        self.cpu = cpu_model()
        self.cores = len(os.sched_getaffinity(0))
        self.quota_cores = quota_cores()
        self.kernel = platform.release()
        self.python = f"{platform.python_implementation()} {platform.python_version()}"
        self.gil = gil()
        self.governor = first_line(GOVERNOR)
        self.load1 = os.getloadavg()[0]
        self.busy, self.stolen = busy_now()
        self._throttled = throttled()

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name[0] != "_"}

    def line(self) -> str:
        quota = "" if self.quota_cores is None else f" (a quota of {self.quota_cores:g})"
        return (f"{self.cpu}, {self.cores} cores{quota}, Linux {self.kernel}, {self.python} "
                f"{'with' if self.gil else 'without'} GIL, governor {self.governor or 'unknown'}, "
                f"load {self.load1:.2f}")

    def warnings(self) -> Iterator[str]:
        """What spoils the figures, and what to do about it."""
        if self.busy is not None and self.busy > BUSY:
            yield (f"the machine is busy ({100 * self.busy:.0f} % of its CPU time): end what runs "
                   "beside, or use more --rounds; ratios suffer less than times")
        if self.stolen is not None and self.stolen > STOLEN:
            yield (f"the host takes {100 * self.stolen:.0f} % of the CPU time for others (steal): "
                   "use more --rounds, or another machine")
        if self.quota_cores is not None and self.quota_cores < self.cores:
            yield (f"a cgroup grants {self.quota_cores:g} of {self.cores} cores and throttles what "
                   "takes more: measure with fewer jobs, or lift the quota")
        if self.governor == "powersave":
            yield ("the CPU's governor is powersave: its speed changes meanwhile; "
                   "cpupower frequency-set -g performance")

    def afterwards(self) -> Iterator[str]:
        """What went wrong while it was measured."""
        times = throttled() - self._throttled
        if times > 0:
            yield (f"a cgroup throttled this run {times} times: its figures are of the quota, not "
                   "of the machine; lift the quota, or measure with fewer jobs")


def busy_now() -> tuple[float | None, float | None]:
    """The shares of all CPUs' time that others use just now, and that the host takes away."""
    try:
        before = read("stat")
        time.sleep(LOOK_SECONDS)
        found = rates(before, read("stat")).rows[:1]
    except HzstatError:
        return None, None
    stolen = float(found["steal"][0])
    busy = sum(float(found[name][0]) for name in shares.BUSY_FIELDS if name != "steal")
    return (None if busy != busy else busy), (None if stolen != stolen else stolen)
