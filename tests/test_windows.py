"""Averages and busiest windows against slow, plain Python."""
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import MS, START_NS, records_of

from hzstat import shares, windows
from hzstat.moments import over

WINDOW_NS = shares.WINDOW_NS
SHARES = ("usr", "sys", "idl", "wai", "stl")
TRAFFIC = ("rx_bytes", "tx_bytes")
ROOM = 5                # of the records


def since_reset(samples, key, never_fall):
    """The (time, fields) of the row `key` since it last was away, or fell."""
    run = []
    for time, status, rows in samples:
        if status:
            continue
        fields = rows.get(key)
        if fields is None or (run and any(fields[f] < run[-1][1][f] for f in never_fall)):
            run = []
        if fields is not None:
            run.append((time, fields))
    return run


def since_others(samples):
    """The samples since which the CPUs have been the same, and none of them fell."""
    run = []
    for time, status, rows in samples:
        if status:
            continue
        if run and (len(rows) != len(run[-1][2]) or any(
                name != before or any(fields[f] < old[f] for f in shares.BUSY_FIELDS)
                or sum(old[f] - fields[f] for f in shares.MAY_FALL) > 5
                for (name, fields), (before, old) in list(zip(rows.items(), run[-1][2].items(),
                                                              strict=True))[:ROOM])):
            run = []
        run.append((time, status, rows))
    return run


def pairs(run, window_ns):
    """Each sample with the first one that is at least a window later."""
    for i, (time, fields) in enumerate(run):
        later = [sample for sample in run[i:] if sample[0] - time >= window_ns]
        if later:
            yield time, fields, *later[0]


def figures(found):
    """A CPU's, as numbers: with max, its busiest window."""
    return {**over(found), "max": found["cpu"].burst("max")}


def traffic(records, key, slack, period):
    """An interface's, or the total's, as numbers: the rates, and the highest of them inside."""
    found = windows.total_rates(records, TRAFFIC, windows.outward, period, slack) if key is None \
        else windows.rates(records, TRAFFIC, ("name", key), period, slack)
    return {name: figure for label, one in zip(("recv", "send"), found, strict=True)
            for name, figure in ((label, one.over), (f"{label}_max", one.burst("max")))}


def share(before, after):
    grown = {f: max(0, after[f] - before[f]) for f in shares.FIELDS}
    total = sum(grown.values())
    return total and {"usr": (grown["user"] + grown["nice"]) / total,
                      "sys": (grown["system"] + grown["irq"] + grown["softirq"]) / total,
                      "idl": grown["idle"] / total, "wai": grown["iowait"] / total,
                      "stl": grown["steal"] / total,
                      "cpu": (total - grown["idle"] - grown["iowait"]) / total}


def plain_cpu(samples, key, slack):
    found = dict.fromkeys((*SHARES, "cpu", "max"))
    if key == shares.TOTAL:
        samples = since_others(samples)
    run = since_reset(samples, key, shares.BUSY_FIELDS)
    if len(run) < 2 or run[-1][0] - run[0][0] < WINDOW_NS - slack:
        return found
    average = share(run[0][1], run[-1][1])
    if average:
        found.update(average)
        busy = [each["cpu"] for _, before, _, after in pairs(run, WINDOW_NS - slack)
                if (each := share(before, after))]
        found["max"] = max(busy, default=None)
    return found


def plain_growth(samples, field):
    good = [rows for _, status, rows in samples if not status]
    sums = [0]
    for old, new in pairwise(good):
        sums.append(sums[-1] + sum(max(0, new[name][field] - old[name][field])
                                   for name in new if name != b"lo" and name in old))
    return sums


def plain_net(samples, key, slack, period):
    found = dict.fromkeys(("recv", "recv_max", "send", "send_max"))
    good = [sample for sample in samples if not sample[1]]
    if key is None:
        sums = zip(*(plain_growth(good, field) for field in TRAFFIC), strict=True)
        run = [(time, dict(zip(TRAFFIC, each, strict=True)))
               for (time, _, _), each in zip(good, sums, strict=False)]
    else:
        run = since_reset(good, key, TRAFFIC)
    if len(good) < 2 or len(run) < 2:
        return found
    for name, field in zip(("recv", "send"), TRAFFIC, strict=True):
        def rate(start, before, end, after, field=field):
            return (after[field] - before[field]) * 1e9 / (end - start)
        found[name] = rate(*run[0], *run[-1])
        found[f"{name}_max"] = max((rate(*pair) for pair in pairs(run, period - slack)),
                                   default=None)
    return found


@st.composite
def histories(draw, keys, fields, never_fall):
    """Samples in which rows come, go, move, and count; some reads fail."""
    time, samples = draw(st.integers(0, 10**18)), []
    start = draw(st.sampled_from([0, 5000, 2**63]))
    counters = {key: dict.fromkeys(fields, start) for key in keys}
    for _ in range(draw(st.integers(0, 12))):
        time += draw(st.integers(1, 80 * MS))
        event = draw(st.integers(0, 9))
        for key in keys:
            for field in fields:
                least = 0 if field in never_fall and event != 9 else -9
                counters[key][field] += draw(st.integers(least, 9))
                counters[key][field] = max(0, counters[key][field])
        if event == 8:                          # one was away, and counts anew
            counters[draw(st.sampled_from(keys))] = dict.fromkeys(fields, 0)
        there = draw(st.permutations(keys))
        if event in (6, 7):
            there = there[:-1]
        samples.append((time, draw(st.sampled_from([0, 0, 0, 0, 0, 5])),
                        {key: dict(counters[key]) for key in there}))
    return samples


@given(histories([-1, 0, 1], shares.FIELDS, shares.BUSY_FIELDS), st.sampled_from([-1, 0, 7]),
       st.sampled_from([0, MS, 4 * MS]))
@settings(deadline=None)
def test_cpu_is_what_plain_python_finds(samples, key, slack):
    records = records_of("stat", "cpu", samples)
    found = figures(windows.cpu(records, key, slack))
    assert found == pytest.approx(plain_cpu(samples, key, slack))
    if found["usr"] is not None:
        assert sum(found[name] for name in SHARES) == pytest.approx(1)


def test_the_total_begins_anew_where_the_idle_time_of_a_cpu_fell_far():
    """Of eight CPUs, each busy 60 % of the time, one comes back."""
    samples = []
    for step in range(11):
        rows = {cpu: {**dict.fromkeys(shares.FIELDS, 0), "user": 100 + 6 * step,
                      "idle": 40 + 4 * step + 1000 * (cpu > 0 or step < 5)} for cpu in range(8)}
        total = {field: sum(row[field] for row in rows.values()) for field in shares.FIELDS}
        samples.append((step * 100 * MS, 0, {shares.TOTAL: total, **rows}))
    records = records_of("stat", "cpu", samples, room=9)
    found = windows.cpu(records, shares.TOTAL, 0)
    assert found["usr"].over == pytest.approx(0.6)
    assert found["usr"].since_ns == START_NS + 500 * MS
    assert found["cpu"].burst("max") == pytest.approx(0.6)


@given(histories([b"lo", b"eth0", b"ppp0"], TRAFFIC, TRAFFIC),
       st.sampled_from([None, b"lo", b"eth0", b"none"]), st.sampled_from([0, 2 * MS]),
       st.sampled_from([5 * MS, 20 * MS]))
@settings(deadline=None)
def test_net_is_what_plain_python_finds(samples, key, slack, period):
    records = records_of("net/dev", "name", samples)
    assert traffic(records, key, slack, period) == pytest.approx(
        plain_net(samples, key, slack, period))
    good = windows.good(records)
    if len(good):
        assert windows.total_growth(good, "rx_bytes").tolist() == plain_growth(samples, "rx_bytes")


def counted(*fields, **more):
    return dict.fromkeys(shares.FIELDS, 0) | dict(zip(shares.FIELDS, fields, strict=False)) | more


def cpu(*rows, step=WINDOW_NS, slack=0):
    samples = [(i * step, 0, {-1: row}) for i, row in enumerate(rows)]
    return figures(windows.cpu(records_of("stat", "cpu", samples), -1, slack))


def test_the_busiest_window_shows_what_the_average_hides():
    found = cpu(counted(0, 0, 0, 0), counted(0, 0, 0, 5), counted(5, 0, 0, 5), counted(5, 0, 0, 20))
    assert found == pytest.approx({"usr": 0.2, "sys": 0, "idl": 0.8, "wai": 0, "stl": 0,
                                   "cpu": 0.2, "max": 1})


def test_guest_time_is_not_counted_twice():
    found = cpu(counted(0), counted(5, 0, 0, 5, guest=5, guest_nice=0))
    assert found["usr"] == found["idl"] == found["max"] == 0.5


def test_iowait_that_runs_backwards_is_no_spike():
    found = cpu(counted(0, 0, 0, 0, 9), counted(1, 0, 0, 9, 4))
    assert (found["usr"], found["idl"], found["wai"]) == pytest.approx((0.1, 0.9, 0))


def test_too_short_a_span_tells_nothing():
    assert set(cpu(counted(0), counted(5), step=WINDOW_NS - 1).values()) == {None}
    assert set(cpu(counted(5)).values()) == {None}
    assert set(cpu(counted(5), counted(5)).values()) == {None}


def test_samples_further_apart_than_a_window_have_a_busiest_one_too():
    """At 1 Hz the slack (a tenth of the period) is longer than the window."""
    found = cpu(counted(0), counted(50, 0, 0, 50), step=10**9, slack=10**8)
    assert found["usr"] == found["max"] == 0.5


def test_a_cpu_may_stand_elsewhere_than_before():
    """One that was plugged in moves those behind it."""
    samples = [(i * MS, 0, {name: {"user": 10 * i, "idle": 10 * i}
                            for name in ((-1, 0, 2) if i < 40 else (-1, 0, 1, 2))})
               for i in range(80)]
    records = records_of("stat", "cpu", samples)
    times, rows = windows.of_key(records, "cpu", 2)
    assert times.tolist() == [START_NS + i * MS for i in range(80)]
    assert set(rows["cpu"]) == {2}
    assert rows["user"].tolist() == [10 * i for i in range(80)]
    records["data"]["cpu"][:, 4] = 7            # beyond the rows: left from what was there before
    assert len(windows.of_key(records, "cpu", 7)[0]) == 0


def test_nothing_recorded_tells_nothing():
    for samples in ([], [(1, 5, {}), (2, 5, {})]):
        found = figures(windows.cpu(records_of("stat", "cpu", samples), -1, 0))
        assert set(found.values()) == {None}
        for key in (None, b"lo"):
            found = traffic(records_of("net/dev", "name", samples), key, 0, MS)
            assert set(found.values()) == {None}


def test_an_interface_that_comes_back_smaller_is_no_spike():
    def both(number):
        return dict.fromkeys(TRAFFIC, number)
    samples = [(0, 0, {b"lo": both(0), b"eth0": both(100), b"ppp0": both(9000)}),
               (10**9, 0, {b"eth0": both(200), b"lo": both(999)}),
               (2 * 10**9, 0, {b"ppp0": both(10), b"eth0": both(300), b"lo": both(9999)}),
               (3 * 10**9, 0, {b"ppp0": both(30), b"eth0": both(400), b"lo": both(10**9)})]
    records = records_of("net/dev", "name", samples)
    assert windows.total_growth(records, "rx_bytes").tolist() == [0, 100, 200, 320]
    assert traffic(records, b"ppp0", 0, MS)["recv"] == 20
    assert traffic(records, None, 0, 10**9)["recv_max"] == pytest.approx(120)
    assert set(traffic(records[:2], b"ppp0", 0, MS).values()) == {None}


def test_the_total_is_told_since_a_cpu_went_alone():
    """As the kernel sums up: the idle time of one that goes jumps into the total."""
    def busy(ticks, idle):
        return {"user": ticks, "idle": idle}
    samples = [(100 * MS * i, 0, {-1: busy(20 * i, 0), 0: busy(10 * i, 0), 1: busy(10 * i, 0)})
               for i in range(5)]
    samples += [(100 * MS * i, 0, {-1: busy(80 + 10 * i, 500), 0: busy(10 * i, 0)})
                for i in range(5, 9)]
    found = figures(windows.cpu(records_of("stat", "cpu", samples), -1, 0))
    assert (found["usr"], found["idl"], found["max"]) == (1, 0, 1)
    assert windows.cpu(records_of("stat", "cpu", samples[:6]), -1, 0)["usr"].over is None
