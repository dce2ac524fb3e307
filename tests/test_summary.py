"""The numbers of a report against numpy and plain Python."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import MS, START_NS, even, records_of, save

import hzstat
from hzstat.formats import report, spark
from hzstat.recordings import evened, summary

SECOND = 1000 * MS


def bursts(count=20_000, each=2000, long=100):
    """stat at 1 kHz: for `long` ms of each `each` the CPU is busy, a tenth of it in the kernel."""
    records = even("stat", count)
    ticks = np.arange(count) // 10
    busy = np.cumsum(np.arange(count) % each < long) // 10
    records["data"]["user"][:, 0] = busy - busy // 10
    records["data"]["system"][:, 0] = busy // 10
    records["data"]["idle"][:, 0] = ticks - busy
    return records


def traffic(count=20_000):
    records = even("net/dev", count, room=2)
    records["rows"] = 2
    records["data"]["name"] = b"lo", b"eth0"
    chance = np.random.default_rng(3)
    records["data"]["rx_bytes"] = np.cumsum(chance.integers(0, 3000, (count, 2)), axis=0)
    return records


def found(tmp_path, records, **options):
    rec = hzstat.load(save(tmp_path / "run", records))
    return summary.summary(rec, **options)


def metrics_of(found, source):
    return {(one["group"], one["name"]): one for one in found["sources"][source]["metrics"]}


def test_cpu_is_told_in_shares(tmp_path):
    told = found(tmp_path, {"stat": bursts()})
    busy, sys_ = (metrics_of(told, "stat")["cpu", name] for name in ("busy", "sys"))
    assert busy["mean"] == pytest.approx(0.05, abs=1e-3)
    assert sys_["mean"] == pytest.approx(0.005, abs=1e-3)
    assert (busy["p50"], busy["max"], busy["unit"]) == (0, 1, "share")
    assert busy["window_ns"] == 50 * MS
    worst = busy["worst"]
    assert len(worst) == 5
    for moment in worst:        # each is a burst of its own, and found where it was
        after_ms = (moment["at_ns"] - START_NS) / MS
        assert (after_ms + 50) % 2000 < 150
        assert 50 * MS <= moment["lasting_ns"] <= 200 * MS
    assert len({moment["at_ns"] // (2000 * MS) for moment in worst}) == 5


def test_who_wants_to_see_all_values_is_shown_them(tmp_path):
    seen = {}
    told = found(tmp_path, {"stat": bursts(), "net/dev": traffic()}, full=True,
                 see=lambda source, windows, metric, values: seen.update({
                     (source, metric.group, metric.name): (len(windows), values.max())}))
    assert seen == {(source, *name): (one["windows"], one["max"]) for source in told["sources"]
                    for name, one in metrics_of(told, source).items()}


def test_by_a_second_the_bursts_are_averages(tmp_path):
    told = found(tmp_path, {"stat": bursts()}, by=1.0)
    busy = metrics_of(told, "stat")["cpu", "busy"]
    assert busy["max"] == pytest.approx(0.1, abs=0.01)
    assert busy["window_ns"] == SECOND


def test_a_curve_has_a_cell_for_each_window_where_these_are_few(tmp_path):
    told = found(tmp_path, {"stat": bursts(10_400, each=3000, long=1000)}, by=1.0)
    curve = metrics_of(told, "stat")["cpu", "busy"]["curve"]
    assert curve == pytest.approx([1, 0, 0, 1, 0, 0, 1, 0, 0, 1], abs=0.02)
    later = bursts(10_000, each=3000, long=1000)[500:]      # half a window after the other begins
    told = found(tmp_path, {"stat": later, "loadavg": even("loadavg", 10_000)}, by=1.0)
    curve = metrics_of(told, "stat")["cpu", "busy"]["curve"]
    assert [cell for cell in curve if cell is not None] == pytest.approx(
        [0.5, 0, 0.5, 0.5, 0, 0.5, 0.5, 0, 0.5], abs=0.02)
    ticks = [tick for tick in range(10_001) if not 4500 <= tick < 7500]
    records = even("loadavg", 0, ticks=ticks)
    records["data"]["load1"][:, 0] = np.array(ticks) // 1000
    told = found(tmp_path, {"loadavg": records}, by=1.0)
    curve = metrics_of(told, "loadavg")["load", "load1"]["curve"]
    assert len(curve) == 10
    assert None not in curve            # the window across the gap fills it


def test_traffic_is_that_of_all_but_lo(tmp_path):
    records = traffic()
    told = metrics_of(found(tmp_path, {"net/dev": records}), "net/dev")
    assert set(told) == {("net", "recv"), ("net", "send")}
    rates = (np.diff(records["data"]["rx_bytes"][:, 1].astype(float))
             / np.diff(records["time_ns"]) * 1e9)
    recv = told["net", "recv"]
    assert [recv["p50"], recv["p99"], recv["max"]] == pytest.approx(
        np.quantile(rates, [0.5, 0.99, 1], method="inverted_cdf"))
    seconds = (records["time_ns"][-1] - records["time_ns"][0]) / 1e9
    grown = records["data"]["rx_bytes"][-1, 1] - records["data"]["rx_bytes"][0, 1]
    assert recv["mean"] == pytest.approx(grown / seconds)
    cells = np.array_split(rates, 40)
    assert recv["curve"] == pytest.approx([cell.max() for cell in cells], rel=0.2)
    assert max(recv["curve"]) == recv["max"]
    full = metrics_of(found(tmp_path, {"net/dev": records}, full=True), "net/dev")
    assert {group for group, _ in full} == {"net", "net/lo", "net/eth0"}
    assert full["net/eth0", "recv"]["max"] == recv["max"]


def test_a_sample_that_came_late_makes_no_burst(tmp_path):
    """What grew between it and the next is told with what grew before."""
    records = even("net/dev", 5000)
    records["data"]["name"] = b"eth0"
    records["time_ns"] = START_NS + np.arange(5000) * MS
    late = np.arange(100, 5000, 100)
    records["time_ns"][late] += 9 * MS // 10
    records["data"]["rx_bytes"][:, 0] = 1000 * np.arange(5000)     # as if each was sent at once
    told = metrics_of(found(tmp_path, {"net/dev": records}), "net/dev")["net", "recv"]
    assert told["max"] == pytest.approx(1e6)
    assert told["mean"] == pytest.approx(1e6)
    assert told["windows"] == 4999 - len(late)


def test_but_what_a_gauge_told_then_counts(tmp_path):
    load = even("loadavg", 50)
    load["time_ns"][10] += 9 * MS // 10             # the next came soon after it
    load["data"]["load1"][:, 0] = np.arange(50) % 3
    load["data"]["load1"][10, 0] = 7
    told = metrics_of(found(tmp_path, {"loadavg": load}), "loadavg")["load", "load1"]
    assert (told["windows"], told["max"]) == (49, 7)
    assert told["worst"][0]["at_ns"] == load["time_ns"][10]
    values, seconds = load["data"]["load1"][1:, 0], np.diff(load["time_ns"])
    assert told["mean"] == pytest.approx(np.average(values, weights=seconds))


def test_gaps_failed_reads_and_clocks_are_counted(tmp_path):
    ticks = [tick for tick in range(5000) if tick % 1000 != 500 and not 2000 <= tick < 2040]
    records = even("loadavg", 0, ticks=ticks)
    records["status"][100:103] = 5
    records["wall_ns"][3000:] += 5 * SECOND
    records["status"][2000] = -1
    finer = even("uptime", 5000)
    finer["wall_ns"][3030:] += 5 * SECOND       # as all see it that sample at that time
    finer["wall_ns"][4000:] -= 3600 * SECOND
    rec = hzstat.load(save(tmp_path / "run", {"loadavg": records, "uptime": finer}))
    summed = summary.summary(rec)
    told = summed["sources"]["loadavg"]
    assert (told["records"], told["missed"], told["gaps"], told["failed"]) == (4955, 45, 6, 4)
    assert told["longest_gap_ns"] == pytest.approx(41 * MS, abs=MS)
    assert [step["step_ns"] for step in told["clock_steps"]] == [5 * SECOND]
    lines = list(report.lines(summed, rec.when, spark.BLOCKS))
    assert [line for line in lines if "failed:" in line] == [
        "loadavg: 3 failed: Input/output error", "loadavg: 1 failed: expected a digit"]
    assert [line for line in lines if "clock" in line] == [
        "at 16:13:23.029 the wall clock jumped ahead by 5.00 s: it was set, or the machine slept",
        "at 16:13:23.999 the wall clock was set back by 3600.00 s"]


def test_other_sources_tell_the_counters_that_moved(tmp_path):
    records = records_of("pressure/io", "kind", [
        (i * 100 * MS, 0, {b"some": {"total_us": 50_000 * i, "avg10": i}, b"full": {"total_us": 7}})
        for i in range(11)])
    told = metrics_of(found(tmp_path, {"pressure/io": records}), "pressure/io")
    assert set(told) == {("pressure/io", "some total_us")}      # full stood still
    stalled = told["pressure/io", "some total_us"]
    assert (stalled["unit"], stalled["mean"]) == ("share", pytest.approx(0.5))
    full = metrics_of(found(tmp_path, {"pressure/io": records}, full=True), "pressure/io")
    assert set(full) == {("pressure/io", "some total_us"), ("pressure/io", "some avg10")}


def test_what_moved_meanwhile_moved(tmp_path):
    """A gauge that ends where it began, and an interface that came and went."""
    memory = even("meminfo", 100)
    memory["data"]["Dirty"][50, 0] = 7
    net = records_of("net/dev", "name", [
        (i * MS, 0, {b"eth0": {"rx_bytes": 1}, **({b"ppp0": {"rx_bytes": i}, b"ppp1": {}}
                                                  if 20 < i < 70 else {})}) for i in range(100)])
    told = found(tmp_path, {"meminfo": memory, "net/dev": net}, full=True)
    assert [name for _, name in metrics_of(told, "meminfo")] == ["used", "Dirty"]
    assert {group for group, _ in metrics_of(told, "net/dev")} == {"net", "net/ppp0"}


def test_disks_are_not_counted_twice(tmp_path):
    rows = {b"vda": 1000, b"vda1": 1000, b"dm-0": 1000, b"loop0": 5000}
    records = records_of("diskstats", "name", [
        (i * 100 * MS, 0, {name: {"rd_sectors": i * sectors, "io_ms": 40 * i,
                                  "present": 2**32 - 1} for name, sectors in rows.items()})
        for i in range(11)])
    told = metrics_of(found(tmp_path, {"diskstats": records}), "diskstats")
    assert told["disk", "read"]["mean"] == pytest.approx(1000 * 512 * 10)
    assert told["disk", "util"]["max"] == pytest.approx(0.4)


def test_a_share_is_not_told_over_the_steps_in_which_it_is_counted(tmp_path):
    """Of a disk at 200 Hz that is in use three quarters of the time, counted in steps of 10 ms."""
    records = even("diskstats", 2000, 5 * MS)
    records["data"]["name"] = b"vda"
    records["data"]["io_ms"][:, 0] = np.arange(2000) * 5 * 3 // 40 * 10
    records["data"]["rd_sectors"][:, 0] = np.arange(2000)
    rec = hzstat.load(save(tmp_path / "run", {"diskstats": records}, 5 * MS))
    told = metrics_of(summary.summary(rec), "diskstats")
    assert told["disk", "read"]["window_ns"] == 5 * MS
    assert told["disk", "util"]["window_ns"] == 50 * MS
    assert told["disk", "util"]["mean"] == pytest.approx(0.75, abs=0.01)
    assert min(told["disk", "util"]["curve"]) >= 0.6
    assert told["disk", "util"]["max"] < 0.9
    text = "\n".join(report.lines(summary.summary(rec), rec.when, spark.BLOCKS))
    assert text.index("disk, by 5.0ms") < text.index("disk, by 50.0ms") < text.index("util")
    part = rec.between(None, "30ms")
    assert "diskstats: too little for a window of 50.0ms" in "\n".join(
        report.lines(summary.summary(part), rec.when, spark.BLOCKS))


def test_what_is_at_its_highest_most_of_the_time_has_no_moments(tmp_path):
    records = bursts(each=400, long=300)
    rec = hzstat.load(save(tmp_path / "run", {"stat": records}))
    told = summary.summary(rec)
    busy, usr, sys_ = (metrics_of(told, "stat")["cpu", name] for name in ("busy", "usr", "sys"))
    assert (busy["mostly_max"], busy["max"], busy["worst"]) == (True, 1, [])
    assert (usr["mostly_max"], sys_["mostly_max"]) == (False, False)     # they aren't looked for
    lines = list(report.lines(told, rec.when, spark.BLOCKS))
    assert " ".join(lines[-1].split()) == "cpu busy 100% half of the time or more"
    for others in (even("stat", 9000), records[:90]):       # at 0 all the time; a single window
        assert not metrics_of(found(tmp_path, {"stat": others}), "stat")[
            "cpu", "busy"]["mostly_max"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0, float("nan")]), min_size=1, max_size=80))
def test_worst_moments_are_apart_and_the_highest(values):
    told = np.array(values)
    time_ns, seconds = np.arange(1, len(values) + 1) * MS, np.full(len(values), 1e-3)
    known = told[~np.isnan(told)]
    usual = float(np.median(known)) if len(known) else 0.0
    moments = list(summary.worst(time_ns, seconds, told, usual))
    if len(known) and known.max() > usual:
        assert moments[0]["value"] == known.max()
    else:
        assert moments == []
    assert [one["value"] for one in moments] == sorted((one["value"] for one in moments),
                                                       reverse=True)
    places = [one["at_ns"] // MS for one in moments]
    assert all(values[place] == one["value"] for place, one in zip(places, moments, strict=True))
    assert len(places) <= 5
    assert sum(one["lasting_ns"] for one in moments) <= len(values) * MS     # none is in two
    assert all(abs(one - other) > 1 for i, one in enumerate(places) for other in places[:i])


def test_a_slope_is_one_moment():
    time_ns, seconds = np.arange(1, 1001) * MS, np.full(1000, 1e-3)
    slope = np.arange(1000.0)[::-1]
    assert [(one["value"], one["lasting_ns"]) for one in summary.worst(
        time_ns, seconds, slope, 500.0)] == [(999, 250 * MS)]
    slope[700] = 990                        # and what stands out beside it is another
    assert [one["value"] for one in summary.worst(time_ns, seconds, slope, 500.0)] == [999, 990]


def test_a_failure_in_a_thread_is_the_callers():
    def fail(name):
        raise ValueError(name)
    with pytest.raises(ValueError, match=r"a|b"):
        summary.at_once(["a", "b"], fail)


def test_very_long_recordings_have_longer_windows(tmp_path):
    rec = hzstat.load(save(tmp_path / "run", {"net/dev": traffic(5000)}))
    assert evened.least_by(rec, "net/dev") is None
    assert evened.least_by(rec, "net/dev", 1000) == pytest.approx(0.005)
