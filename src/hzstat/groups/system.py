"""-l, -y and -p: load averages; interrupts and context switches; tasks."""
from __future__ import annotations

from hzstat.shares import TOTAL

from .group import Column, Group
from .quantity import LOAD, RATE, TASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.moments import Moments
    from hzstat.spans import Spans

    from .group import Key

WHOLE = ("cpu", TOTAL)        # the row of stat that has what isn't a CPU's own


def load(at: Spans, key: Key) -> Mapping[str, Moments]:
    from hzstat.moments import of_gauge
    return {name: of_gauge(at.level("loadavg", name)) for name in ("load1", "load5", "load15")}


def system(at: Spans, key: Key) -> Mapping[str, Moments]:
    return {"int": at.growth("stat", "intr", where=WHOLE)[0],
            "csw": at.growth("stat", "ctxt", where=WHOLE)[0]}


def tasks(at: Spans, key: Key) -> Mapping[str, Moments]:
    """Means of what runs and what is blocked; of the first less one, the worker that looks."""
    from hzstat.moments import mean_of
    running = at.level("stat", "procs_running", WHOLE).astype("f8")
    return {"run": mean_of((running - 1).clip(0)),
            "blk": mean_of(at.level("stat", "procs_blocked", WHOLE)),
            "new": at.growth("stat", "processes", where=WHOLE)[0]}


LOADS = Group("load", "l", "load-avg", "load averages", ("loadavg",), (
    Column("load1", "1m", LOAD, "load1"),
    Column("load5", "5m", LOAD, "load5", burst=False),
    Column("load15", "15m", LOAD, "load15", burst=False),
), load)

SYSTEM = Group("sys", "y", "system", "interrupts and context switches, a second", ("stat",), (
    Column("int", "int", RATE, "intr"),
    Column("csw", "csw", RATE, "ctxt"),
), system, over_time=True)

TASKS_GROUP = Group("proc", "p", "procs", "tasks: running, blocked, new ones a second", ("stat",), (
    Column("run", "run", TASKS, "mean of procs_running - 1"),
    Column("blk", "blk", TASKS, "mean of procs_blocked", levels=(1, 10)),
    Column("new", "new/s", RATE, "processes"),
), tasks, over_time=True)
