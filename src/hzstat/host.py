"""What there is to know of a host, and of our place on it, where something isn't as it should be.

Everything is read below `root`, which is `/` unless a tree stands in for it; what only the kernel
itself can tell (limits, rights, clocks) is of this process. What can't be read is None.
"""
from __future__ import annotations

import os
import resource
import sys
import sysconfig
import time

from . import __version__, realtime
from .cgroups import first_line, groups, quota_cores, text_of, throttled
from .room import memory_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

UNLIMITED = 1 << 60             # what a group of version 1 says where it has no limit is more
CLOCKSOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
CAPABILITIES = {14: "CAP_IPC_LOCK", 19: "CAP_SYS_PTRACE", 21: "CAP_SYS_ADMIN", 23: "CAP_SYS_NICE",
                24: "CAP_SYS_RESOURCE", 39: "CAP_BPF"}
LIMITS = {"rtprio": resource.RLIMIT_RTPRIO, "memlock_bytes": resource.RLIMIT_MEMLOCK,
          "nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC,
          "address_space_bytes": resource.RLIMIT_AS}


class Host:
    """Each part is a mapping, as it stands in the JSON."""

    def __init__(self, root: str = "/") -> None:
        self.versions = versions(root)
        self.clocks = clocks(root)
        self.rights = rights(root)
        self.limits = limits()
        self.container = container(root)
        self.cgroups = control_groups(root)

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def advice(self) -> Iterator[str]:
        """What keeps hzstat from its best here, and what to do about it."""
        if self.clocks["monotonic_resolution_ns"] > 1:
            yield ("the kernel has no high-resolution timers (CONFIG_HIGH_RES_TIMERS): no rate "
                   f"above {1e9 / self.clocks['monotonic_resolution_ns']:g} Hz will be kept")
        if self.clocks["clocksource"] in ("hpet", "acpi_pm", "jiffies", "pit", "refined-jiffies"):
            yield (f"the clock is read from {self.clocks['clocksource']}, which takes a "
                   "microsecond each time: boot with clocksource=tsc if dmesg doesn't call it "
                   "unstable")
        if self.rights["realtime_refused"]:
            yield (f"--realtime is refused ({self.rights['realtime_refused']}): run as root, or "
                   f"raise the limit (ulimit -r {realtime.PRIORITY})")
        soft, hard = self.limits["nofile"]
        if soft is not None and soft < 256:
            yield f"only {soft} files may be open: ulimit -n {min(1024, hard or 1024)}"
        quota, usable = self.cgroups["cpu_quota_cores"], self.versions["cpus_usable"]
        if quota is not None and quota < usable:
            yield (f"a cgroup grants {quota:g} of {usable} CPUs, and stops workers that have used "
                   "that up: samples come late then; use few workers (-j 1), or lift the quota")
        if self.container["lxcfs"]:
            yield (f"{', '.join(self.container['lxcfs'])} come from lxcfs: they tell of the "
                   "container, and a read of them costs more than one of the kernel's own")
        if self.container["proc_options"]:
            yield (f"/proc is mounted with {', '.join(self.container['proc_options'])}: other "
                   "processes' files, or all but theirs, are hidden; mount -o remount,hidepid=0")


def versions(root: str) -> dict[str, Any]:
    name = os.uname()
    return {"hzstat": __version__,
            "python": f"{sys.implementation.name} {sys.version.split()[0]}", "gil": gil(),
            "kernel": name.release, "machine": name.machine, "cpu": cpu_model(root),
            "cpus_online": os.cpu_count(), "cpus_usable": len(os.sched_getaffinity(0)),
            "hypervisor": hypervisor(root)}


def clocks(root: str) -> dict[str, Any]:
    """Where time comes from, and how fine it is. The coarse clock moves with the kernel's tick."""
    return {"clocksource": first_line(f"{root}/{CLOCKSOURCE}"),
            "user_hz": os.sysconf("SC_CLK_TCK"),
            "tick_ns": resolution_ns(6),            # CLOCK_MONOTONIC_COARSE, of no name in Python
            "monotonic_resolution_ns": resolution_ns(time.CLOCK_MONOTONIC),
            "realtime_resolution_ns": resolution_ns(time.CLOCK_REALTIME),
            "timer_slack_ns": number(first_line(f"{root}/proc/self/timerslack_ns")),
            "tickless_cpus": first_line(f"{root}/sys/devices/system/cpu/nohz_full") or None}


def resolution_ns(clock: int) -> int:
    return round(1e9 * time.clock_getres(clock))


def rights(root: str) -> dict[str, Any]:
    return {"uid": os.getuid(), "euid": os.geteuid(), "capabilities": capabilities(root),
            "realtime_refused": realtime.refused()}


def capabilities(root: str) -> list[str] | None:
    """Those of our effective capabilities that matter here."""
    try:
        status = dict(line.split(":\t", 1) for line in text_of(
            f"{root}/proc/self/status").splitlines())
        bits = int(status["CapEff"], 16)
    except (OSError, KeyError, ValueError):
        return None
    return [name for bit, name in CAPABILITIES.items() if bits >> bit & 1]


def limits() -> dict[str, tuple[int | None, int | None]]:
    """(soft, hard) of each, None for no limit."""
    return {name: (below(soft), below(hard)) for name, (soft, hard) in
            ((name, resource.getrlimit(which)) for name, which in LIMITS.items())}


def below(limit: int) -> int | None:
    return None if limit == resource.RLIM_INFINITY else limit


def control_groups(root: str) -> dict[str, Any]:
    """What the groups of this process allow."""
    left, tightest = memory_left(root)
    limited = left < UNLIMITED
    found = {version for controller in ("cpu", "memory") for _, version in
             groups(controller, root)}
    return {"versions": sorted(found), "cpu_quota_cores": quota_cores(root),
            "throttled": throttled(root), "memory_left_bytes": left if limited else None,
            "memory_group": tightest if limited else None}


def container(root: str) -> dict[str, Any]:
    kind, hint = next(hints(root), (None, None))
    lxcfs, options = mounts(root)
    return {"kind": kind, "hint": hint, "lxcfs": lxcfs, "proc_options": options}


def hints(root: str) -> Iterator[tuple[str, str]]:
    """(kind of container, what tells it), the surest first."""
    told = first_line(f"{root}/run/systemd/container")
    if told:
        yield told, "/run/systemd/container"
    for path, kind in (("run/.containerenv", "podman"), (".dockerenv", "docker"),
                       ("var/run/secrets/kubernetes.io", "kubernetes")):
        if os.path.exists(f"{root}/{path}"):
            yield kind, f"/{path}"
    if os.path.exists(f"{root}/proc/vz") and not os.path.exists(f"{root}/proc/bc"):
        yield "openvz", "/proc/vz"
    try:
        of_init = text_of(f"{root}/proc/1/cgroup")
        environment = text_of(f"{root}/proc/1/environ").split("\0")
    except (OSError, UnicodeDecodeError):
        return
    for kind in ("docker", "kubepods", "libpod", "lxc"):
        if f"/{kind}" in of_init:
            yield kind, "/proc/1/cgroup"
    for setting in environment:
        if setting.startswith("container="):
            yield setting.partition("=")[2], "/proc/1/environ"


def mounts(root: str) -> tuple[list[str], list[str]]:
    """The files that lxcfs serves, and the options by which /proc hides what is in it."""
    served, hiding = [], []
    try:
        lines = text_of(f"{root}/proc/self/mountinfo").splitlines()
    except (OSError, UnicodeDecodeError):
        return [], []
    for line in lines:
        left, _, right = line.partition(" - ")
        point, (kind, _, options) = left.split()[4], right.split(" ", 2)
        if kind == "fuse.lxcfs" and point.startswith(("/proc", "/sys")):
            served.append(point)
        if kind == "proc" and point == "/proc":
            hiding = [option for option in options.split(",")
                      if option.startswith(("hidepid=", "subset=")) and option not in (
                          "hidepid=0", "hidepid=off")]
    return served, hiding


def hypervisor(root: str) -> bool:
    """Whether the CPU says that it is a virtual one."""
    try:
        text = text_of(f"{root}/proc/cpuinfo")
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.startswith("flags") and " hypervisor" in line for line in text.splitlines())


def cpu_model(root: str = "/") -> str:
    try:
        with open(f"{root}/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(("model name", "Model", "cpu model")):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return os.uname().machine


def gil() -> bool:
    """Whether this interpreter has one, now."""
    enabled = getattr(sys, "_is_gil_enabled", None)
    return bool(enabled()) if enabled else not sysconfig.get_config_var("Py_GIL_DISABLED")


def number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
