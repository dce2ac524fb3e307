"""What a counter that is booked late tells, against a CPU of which all is known."""
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat import descriptors
from hzstat._loop import HEADER_FIELDS
from hzstat.busy import busy
from hzstat.cpu_source import CGROUP_2, SOURCES
from hzstat.watch import Watch

MS = 1_000_000
CGROUP, SCHEDSTAT, CPUIDLE = SOURCES
START = 1_795_557_000 * 1000 * MS
ROOM = 4


def records_of(source, samples):
    """Records of samples (time in ns, CPU → the row's fields)."""
    find = descriptors.find(source.source)
    row = np.dtype(list((find.parser() if find.parser else find.learn(b"usage_usec 1\n", "")
                         ).fields))
    records = np.zeros(len(samples), [*HEADER_FIELDS, ("data", row, (ROOM,))])
    for record, (time, rows) in zip(records, samples, strict=True):
        record["time_ns"], record["rows"] = time, len(rows)
        for place, (cpu, fields) in zip(record["data"], rows.items(), strict=False):
            if not source.whole:
                place["cpu"] = cpu
            for field, value in fields.items():
                place[field] = value
    return records


@st.composite
def lives(draw):
    """A CPU's life: when it was busy (from, to), and when it was looked at, in us."""
    lengths = draw(st.lists(st.integers(1, 9000), min_size=2, max_size=20))
    edges = np.cumsum([0, *lengths]).tolist()
    first = draw(st.integers(0, 1))
    runs = list(zip(edges[first::2], edges[first + 1::2], strict=False))
    looks = np.cumsum(draw(st.lists(st.integers(100, 2000), min_size=2, max_size=60))).tolist()
    return runs, looks


def spent(runs, at):
    return sum(min(max(at - start, 0), end - start) for start, end in runs)


def booked(runs, at, tick_us=None):
    """What a counter shows: the runs that have ended, and of the one that goes on what was spent
    until the last tick."""
    if tick_us:
        return sum(end - start if end <= at else max(0, at // tick_us * tick_us - start)
                   for start, end in runs if start < at)
    return sum(end - start for start, end in runs if end <= at)


def idle_runs(runs, until):
    edges = [0, *(edge for run in runs for edge in run), until]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


@given(lives())
@pytest.mark.parametrize("source", [CGROUP, SCHEDSTAT, CPUIDLE], ids=["cgroup", "schedstat",
                                                                      "cpuidle"])
def test_what_is_known_is_right_to_a_sample(source, life):
    """Whatever the CPU did: so a share over n samples is right to 1/n."""
    runs, looks = life
    if source is CPUIDLE:
        idle = idle_runs(runs, max(looks[-1], runs[-1][1]) + 1)
        samples = [(at, {0: {"idle_us": booked(idle, at), "states": 2}}) for at in looks]
    elif source is SCHEDSTAT:
        samples = [(at, {0: {"run_ns": 1000 * booked(runs, at)}}) for at in looks]
    else:
        samples = [(at, {0: {"usage_ns": 1000 * booked(runs, at, 10_000)}}) for at in looks]
    found = busy(source, records_of(source, [(START + 1000 * at, rows) for at, rows in samples]),
                 np.array([0]))
    assert found.times.tolist() == [START + 1000 * at for at in looks]
    longest = 1000 * max(np.diff(looks))
    true = np.array([1000 * spent(runs, at) for at in looks[:found.known]], float)
    ours = found.busy_ns[:found.known]
    # Against the first of them, whose own error adds to that of the others.
    assert (np.abs((ours - ours[:1]) - (true - true[:1])) <= longest + 1).all()
    steps = np.diff(found.busy_ns)
    assert (steps >= -1).all()
    assert (steps <= np.diff(found.times) + 1).all()


def ramp(source, counts, step_ns=MS):
    return busy(source, records_of(source, [
        (START + i * step_ns, {cpu: {source.field: value} for cpu, value in row.items()})
        for i, row in enumerate(counts)]), np.array(sorted(counts[-1])))


def test_a_hog_that_was_booked_at_its_end_was_busy_all_the_time():
    found = ramp(SCHEDSTAT, [{0: 0}] * 10 + [{0: 9 * MS}])
    assert found.known == 11
    assert found.busy_ns.tolist() == [max(0, i - 1) * MS for i in range(11)]


def test_sleep_that_was_booked_at_its_end_was_idle_all_the_time():
    found = ramp(CPUIDLE, [{0: 0}] * 10 + [{0: 10_000}])
    assert (found.known, set(found.busy_ns.tolist())) == (11, {0.0})


@pytest.mark.parametrize("source", [SCHEDSTAT, CPUIDLE])
def test_of_a_counter_that_stands_still_nothing_is_known(source):
    found = ramp(source, [{0: 7}] * 10)
    assert (found.known, found.known_until) == (0, 0)
    assert [len(each) for each in found.windows(2 * MS, 0)] == [0, 0]


def test_a_cpu_that_is_booked_each_tick_is_idle_where_it_stands_still():
    found = ramp(CGROUP, [{0: 7}] * 31)
    assert found.known == 21            # until a tick before the last
    assert found.windows(5 * MS, 0)[1].max() == 0


def test_the_total_is_the_average_and_known_where_all_are():
    found = ramp(SCHEDSTAT, [{0: 0, 1: 0}, {0: MS, 1: 0}, {0: MS, 1: MS}, {0: 2 * MS, 1: MS}])
    assert found.known == 3
    assert found.busy_ns[:3].tolist() == [0, MS / 2, MS]
    assert found.windows(MS, 0)[1].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("cpus", "known"), [([0], True), ([0, 2], False), ([7], False),
                                             ([], False)])
def test_a_cpu_that_has_no_row_is_not_known(cpus, known):
    records = records_of(SCHEDSTAT, [(START + i * MS, {0: {"run_ns": i * MS}, 1: {"run_ns": 0}})
                                     for i in range(9)])
    assert bool(busy(SCHEDSTAT, records, np.array(cpus, np.int64)).known) is known


def test_what_lies_before_a_reset_is_left_out():
    found = ramp(SCHEDSTAT, [{0: 90 * MS}, {0: 91 * MS}, {0: 5 * MS}, {0: 6 * MS}])
    assert found.times.tolist() == [START + 2 * MS, START + 3 * MS]
    found = busy(SCHEDSTAT, records_of(SCHEDSTAT, [
        (START, {0: {"run_ns": 1}, 1: {"run_ns": 1}}), (START + MS, {0: {"run_ns": 2}}),
        (START + 2 * MS, {0: {"run_ns": 3}})]), np.array([0]))
    assert len(found.times) == 2        # a CPU went
    found = busy(CPUIDLE, records_of(CPUIDLE, [
        (START + i * MS, {0: {"idle_us": 500 * i, "states": states}})
        for i, states in enumerate([2, 1, 2, 2, 2])]), np.array([0]))
    assert len(found.times) == 3        # a state went, and came back


def test_failed_reads_and_none_tell_nothing():
    records = records_of(CGROUP, [(START, {0: {"usage_ns": 1}}), (START + MS, {})])
    records["status"] = [5, 19]
    assert busy(CGROUP, records, np.array([0])).known == 0
    assert busy(CGROUP, records[:0], np.array([0])).known == 0


def test_a_whole_cgroup_is_a_share_of_all_cpus():
    records = records_of(CGROUP_2, [(START + i * MS, {0: {"usage_usec": 1000 * i}})
                                    for i in range(40)])
    found = busy(CGROUP_2, records, np.array([0, 1, 2, 3]))
    assert found.windows(5 * MS, 0)[1] == pytest.approx(0.25)


# Rows of it: each window in one row, and stat's where it can't tell yet

def watch_of(fine):
    watch = Watch.__new__(Watch)
    watch.fine, watch.told_ns = fine, {}
    watch.period_ns = {"stat": MS, fine.source: MS}
    return watch


def show(watch, fine, ticks, counts):
    """A row of these samples of CPU 0, (time in ms, counter) each; its max."""
    stat = SimpleNamespace(source="stat", whole=False)
    watch.spans = {
        "stat": SimpleNamespace(records=records_of(stat, [
            (START + at * MS, {0: {"user": busy, "idle": at // 10 - busy}})
            for at, busy in ticks])),
        fine.source: SimpleNamespace(records=records_of(fine, [
            (START + at * MS, {0: {fine.field: value}}) for at, value in counts]))}
    return watch.cpu(0)["cpu"].burst("max")


def test_a_window_is_shown_in_one_row():
    watch = watch_of(SCHEDSTAT)
    counts = [(at, 1000 * at + MS * min(max(at - 40, 0), 5)) for at in range(101)]
    still = [(at, 0) for at in range(0, 101, 10)]
    assert show(watch, SCHEDSTAT, still, counts) == pytest.approx(1, abs=0.01)
    later = [(at, 1000 * at + 5 * MS) for at in range(101, 161)]
    assert show(watch, SCHEDSTAT, still, counts + later) == pytest.approx(0.001, abs=0.001)


def test_where_it_can_not_tell_yet_stat_does():
    """A hog since 40 ms: of it schedstat says nothing, until it ends."""
    watch = watch_of(SCHEDSTAT)
    ticks = [(at, max(0, at - 40) // 10) for at in range(0, 151, 10)]
    counts = [(at, 1000 * min(at, 40)) for at in range(151)]
    assert show(watch, SCHEDSTAT, ticks, counts) == 1
    assert watch.told_ns[0] == START + 40 * MS
    idle = [(at, 0) for at in range(0, 151, 10)]
    assert show(watch_of(SCHEDSTAT), SCHEDSTAT, idle, [(at, 7) for at in range(151)]) == 0
    assert show(watch_of(SCHEDSTAT), SCHEDSTAT, idle[-3:], [(at, 7) for at in range(151)]) is None
