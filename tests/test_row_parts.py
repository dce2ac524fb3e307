"""A row whose records are too many to keep comes in parts, and shows what it would in one."""
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sampling import everything
from spanning import SECOND, records_of, values_of
from test_groups import net, stat

from hzstat.groups import GROUPS
from hzstat.groups.panel import NONE, Look, Panel
from hzstat.recordings.replay import FileSpan
from hzstat.sampler import Sampler
from hzstat.spans import Spans
from hzstat.watch import REACH_NS, Watch

STEP = 0.1              # seconds from sample to sample: a window of each, which no part cuts in two
LOOKS = [Look(1.0, ("max", "min")), Look(1.0, ("max", "p90", "p50"))]
PANELS = [Panel(GROUPS[name], key, look) for look in LOOKS for name, key in (
    ("cpu", None), ("cpu", 0), ("sys", None), ("net", None), ("net", b"eth0"), ("net", b"eth1"),
    ("psi", None), ("tcp", None))]          # psi: sampled less often; tcp: not at all


def spans_over(steps):
    """A row of samples that grow by these steps: (ticks busy, idle, switches, eth0, eth1), where
    eth1 begins anew at a step below 0, and is away at None. Pressure is read each fifth time."""
    busy, idle, switches, one, other = 100, 100, 0, 0, 0
    stats, nets, stalls = [], [], []
    for number, (more_busy, more_idle, more_switches, more, others) in enumerate(steps):
        busy, idle = busy + more_busy, idle + more_idle
        switches, one = switches + more_switches, one + more
        other = max(0, other + others) if others is not None else other
        there = {"eth1": (other, 2 * other)} if others is not None else {}
        at = number * STEP
        stats.append((at, stat(ctxt=switches, cpu=f"{busy} 0 0 {idle} 0 0 0 0 0 0")))
        nets.append((at, net(eth0=(one, 3 * one), **there)))
        if number % 5 == 0:
            stalls.append((at, b"some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n" % switches))
    files = {"stat": FileSpan(records_of("stat", stats)),
             "net/dev": FileSpan(records_of("net/dev", nets)),
             "pressure/cpu": FileSpan(records_of("pressure/cpu", stalls))}
    return Spans(files, dict.fromkeys(files, round(STEP * SECOND)))


STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 500),
                           st.integers(0, 10**6),
                           st.none() | st.integers(-10**6, 10**6)), min_size=4, max_size=30)


@settings(max_examples=60, deadline=None)
@example([(0, 1, 0, 0, None), *[(0, 0, 0, 0, None)] * 3], [2])     # no tick in the second part
@given(STEPS, st.lists(st.integers(1, 28), max_size=4))
def test_in_parts_as_in_one(steps, places):
    at = spans_over([(5, 5, 0, 0, 0), *steps])
    first_ns, last_ns = (at.spans["stat"].planned_ns(place) for place in (0, -1))
    at.cut(first_ns, last_ns)
    whole = [values_of(panel, at) for panel in PANELS]

    before, start_ns = [NONE] * len(PANELS), first_ns
    for place in sorted({place for place in places if place < len(steps)}):
        at.part, end_ns = True, first_ns + round((place + 0.5) * STEP * SECOND)
        at.cut(start_ns, end_ns)
        before = [panel.measured(at, told) for panel, told in zip(PANELS, before, strict=True)]
        start_ns = end_ns
    at.part = False
    at.cut(start_ns, last_ns)
    parts = [panel.values(panel.measured(at, told))
             for panel, told in zip(PANELS, before, strict=True)]
    for panel, one, other in zip(PANELS, whole, parts, strict=True):
        assert other == [pytest.approx(value) for value in one], panel.title


def test_the_watch_of_a_running_sampler_keeps_no_more_than_a_part():
    panel = Panel(GROUPS["proc"], None, Look(1.2, ("max",)))
    with Sampler({"stat": 1000}, jobs=1, ring_seconds=20) as sampler:
        watch, every = Watch(sampler, 1.2), sampler.view("stat")
        [span] = watch.live.values()
        most = 100 * span.records.dtype.itemsize
        parts, before, kept, weights, first_ns, start_ns = 0, NONE, 0, 0, None, None
        for at in watch.rows(2, most):
            assert start_ns in (None, at.start_ns)      # nothing between the parts
            first_ns, start_ns = first_ns or at.start_ns, at.end_ns
            kept = max(kept, len(at.records("stat")))
            parts += at.part
            found = panel.measured(at, before)
            before = found if at.part else NONE
            if not at.part:
                weights += found["run"].weight
            else:
                assert len(found["run"].inside) == 2        # the least and the most
                assert span.bytes < (REACH_NS / 1e6 + 400) * span.records.dtype.itemsize
        taken = everything(every)
    planned = taken["time_ns"] - taken["late_ns"]
    assert weights > 0.9 * ((planned > first_ns) & (planned <= start_ns)).sum()
    assert parts >= 2
    assert kept < 1000
