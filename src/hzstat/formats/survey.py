"""What a host is and offers, as text."""
from __future__ import annotations

from hzstat.units import duration, size

from .stats import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

HEAD = ("source", "rows", "bytes", "a read", "changes each", "smallest step", "up to Hz")


def rounded(hz: float) -> str:
    """A rate in two digits: what can be said of a measured one."""
    digits = max(0, len(str(int(hz))) - 2)
    return f"{round(hz, -digits):,.0f}" if hz >= 10 else f"{hz:.1f}"


def table(findings: Sequence[Any]) -> list[str]:
    """A line for each source that can be read; then those that can't, with the reason."""
    rows = [HEAD]
    for one in findings:
        if one.reason is None:
            rows.append((one.name, str(one.rows), str(one.bytes), duration(round(one.read_ns)),
                         duration(round(one.change_ns)) if one.change_ns else
                         "once" if one.changes else "not seen",
                         f"{one.step:g} {one.unit}".strip() if one.step is not None else "-",
                         rounded(one.highest_hz) if one.highest_hz else "-"))
    width = max(len(one.name) for one in findings)
    return [*aligned(rows), *(f"{one.name.ljust(width)}  not here: {one.path}: {one.reason}"
                              + (f"; {one.advice}" if one.advice else "")
                              for one in findings if one.reason is not None)]


def host(one: Any) -> Iterator[str]:
    """A host in a few lines."""
    what, clocks, groups = one.versions, one.clocks, one.cgroups
    yield (f"host       Linux {what['kernel']} {what['machine']}, {what['cpu']}, "
           f"{what['cpus_usable']} of {what['cpus_online']} CPUs usable"
           + (", a virtual machine" if what["hypervisor"] else ""))
    yield (f"hzstat     {what['hzstat']}, {what['python']} "
           f"{'with' if what['gil'] else 'without'} GIL")
    tickless = clocks["tickless_cpus"]
    yield (f"clocks     {clocks['clocksource'] or 'unknown'}, to "
           f"{duration(clocks['monotonic_resolution_ns'])}; ticks of "
           f"{duration(clocks['tick_ns'])}, told in {1000 / clocks['user_hz']:g} ms; timers may be "
           f"{duration(clocks['timer_slack_ns'])} late"
           + (f"; without ticks: CPUs {tickless}" if tickless else ""))
    yield (f"rights     uid {one.rights['euid']}, realtime "
           + ("refused" if one.rights["realtime_refused"] else "granted")
           + f", {', '.join(one.rights['capabilities'] or ['no capabilities'])}")
    yield "limits     " + ", ".join(f"{name.replace('_bytes', '')} {limit(name, *both)}"
                                    for name, both in one.limits.items())
    quota, left = groups["cpu_quota_cores"], groups["memory_left_bytes"]
    yield ("cgroups    " + (" and ".join(f"version {number}" for number in groups["versions"])
                            or "none")
           + f", {f'{quota:g} cores' if quota is not None else 'no CPU quota'}, "
           + (f"{size(left).strip()} of memory left in {groups['memory_group']}"
              if left is not None else "no memory limit")
           + (f", throttled {groups['throttled']} times" if groups["throttled"] else ""))
    kind = one.container["kind"]
    yield "container  " + (f"{kind} ({one.container['hint']})" if kind else "none seen")
    yield from (f"advice     {text}" for text in one.advice())


def limit(name: str, soft: int | None, hard: int | None) -> str:
    shown = ["unlimited" if value is None else size(value).strip() if name.endswith("_bytes")
             else str(value) for value in (soft, hard)]
    return shown[0] if soft == hard else f"{shown[0]} (up to {shown[1]})"
