"""Rates and shares over time: each pair of records against hzstat.rates()."""
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import MS, START_NS, described, even, records_of, save

import hzstat
from hzstat import shares, windows
from hzstat.recordings import over_time

USER_HZ = shares.USER_HZ
COUNTS = st.sampled_from([0, 1, 2, 3, 9, 2**32 - 1, 2**63, 2**64 - 1])
MASKS = st.sampled_from([2**64 - 1] * 4 + [2**64 - 1 - 2**4, 2**32 - 1, 0])
STEPS = st.sampled_from([0, 0, 1, 1, 2, 5, 50, -1, -3, -2**32])


def kinds(source, records):
    return {name: one["kind"] for name, one in described(source, records).items()}


def over(source, records, period_ns=MS, by_ns=0):
    return over_time.OverTime(source, records, kinds(source, records), period_ns, by_ns, USER_HZ)


def key_of(row, fields):
    found = tuple(row[field].item() for field in fields)
    return found[0] if len(found) == 1 else found


def check_against_rates(source, records, found, pairs):
    """Each window is what hzstat.rates() says of its two records, for every key and field."""
    fields = [name for name, kind in kinds(source, records).items() if kind == "key"]
    keys = found.keys.tolist()
    values = {name: found[name] for name in found.fields}
    assert len(found) == len(pairs)
    for number, (before, after) in enumerate(pairs):
        expected = hzstat.rates(before, after, source=source)
        assert found.seconds[number] == expected.seconds
        assert found.time_ns[number] == after["time_ns"]
        told = {}
        for i in range(len(expected)):
            told.setdefault(key_of(expected.rows[i], fields) if fields else i, i)
        for column, key in enumerate(keys):
            for name, all_values in values.items():
                value = float(expected[name][told[key]]) if key in told else math.nan
                assert all_values[number, column] == pytest.approx(value, nan_ok=True, rel=1e-12), (
                    number, key, name)


@st.composite
def sequences(draw, source, key, keys, fields):
    """Records in which counters step, fall, and rows come, go and change places."""
    now = {name: {field: draw(MASKS if field == "present" else COUNTS) for field in fields}
           for name in keys}
    time, samples = 0, []
    for _ in range(draw(st.integers(0, 12))):
        time += draw(st.sampled_from([0, MS, 10 * MS, 60 * MS, 1000 * MS]))
        present = draw(st.lists(st.sampled_from(keys), unique=True)) \
            if draw(st.integers(0, 3)) == 0 else keys
        for fields_now in now.values():
            for field in draw(st.lists(st.sampled_from(fields), max_size=4)):
                fields_now[field] = draw(MASKS) if field == "present" else (
                    fields_now[field] + draw(STEPS)) % 2**64
        status = draw(st.sampled_from([0, 0, 0, 0, 0, 5]))
        samples.append((time, status, {} if status else {
            name: dict(now[name]) for name in present}))
    return records_of(source, key, samples, room=draw(st.sampled_from([1, 2, 5])))


def good_pairs(records):
    return list(pairwise(records[records["status"] == 0]))


@settings(max_examples=80, deadline=None)
@given(sequences("net/dev", "name", [b"lo", b"eth0", b"ppp0"], ["rx_bytes", "tx_errs"]))
def test_interfaces(records):
    check_against_rates("net/dev", records, over("net/dev", records), good_pairs(records))


@settings(max_examples=60, deadline=None)
@given(sequences("diskstats", "name", [b"sda", b"sdb"],
                 ["major", "rd_ios", "dc_ios", "in_flight", "present"]))
def test_disks_have_keys_of_three_fields_and_a_mask(records):
    check_against_rates("diskstats", records, over("diskstats", records), good_pairs(records))


@settings(max_examples=60, deadline=None)
@given(sequences("meminfo", None, [0], ["MemTotal", "Cached"]))
def test_a_file_of_one_row(records):
    check_against_rates("meminfo", records, over("meminfo", records), good_pairs(records))


@settings(max_examples=120, deadline=None)
@given(sequences("stat", "cpu", [-1, 0, 1], ["user", "idle", "iowait", "guest", "ctxt",
                                             "procs_running", "present"]))
def test_cpus(records):
    """With windows of the records themselves: what short ones tell is held to the same."""
    found = over_time.OverTime("stat", records, kinds("stat", records), MS, 0, USER_HZ)
    pairs = list(pairwise(plain_windows(records, shares.WINDOW_NS - MS // 10)))
    check_against_rates("stat", records, found, pairs)


@pytest.mark.parametrize("seed", range(5))
def test_cpus_that_come_and_go_and_begin_anew(seed):
    chance = np.random.default_rng(seed)
    ticks = {cpu: dict.fromkeys(shares.FIELDS, 10**6) for cpu in (-1, 0, 1, 2)}
    samples = []
    for number in range(150):
        for fields in ticks.values():
            for field in ("user", "idle", "iowait"):
                fields[field] += int(chance.integers(0, 9))
            if chance.random() < 0.05:
                fields[str(chance.choice(["user", "idle", "steal"]))] -= 10
        cpus = [cpu for cpu in ticks if cpu < 1 or chance.random() < 0.9]
        samples.append((number * 60 * MS, 0, {
            cpu: {**ticks[cpu], "present": 2**64 - 1} for cpu in cpus}))
    records = records_of("stat", "cpu", samples)
    found = over("stat", records)
    check_against_rates("stat", records, found, good_pairs(records))
    assert 20 < np.isnan(found["user"][:, 0]).sum() < 130


def plain_windows(records, least_ns):
    """The records at which windows begin and end: each is the first that is late enough."""
    chosen = []
    for record in records:
        if not record["status"] and (not chosen or
                                     record["time_ns"] - chosen[-1]["time_ns"] >= least_ns):
            chosen.append(record)
    return chosen


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, 100, MS, 2 * MS, 7 * MS, 400 * MS]), max_size=60),
       st.sets(st.integers(0, 60), max_size=5), st.sampled_from([1, 2, 7, 1000]),
       st.integers(1, 20))
def test_windows_are_the_shortest_that_are_long_enough(steps, failed, at_once, by_ms):
    records = even("net/dev", len(steps))
    records["time_ns"] = START_NS + np.cumsum(np.array(steps, "i8"))
    records["status"] = [i in failed for i in range(len(steps))]
    chosen = over_time.chosen(records, by_ms * MS, at_once)
    expected = plain_windows(records, by_ms * MS)
    assert records[chosen].tolist() == [record.tolist() for record in expected]


def test_a_share_is_never_over_less_than_five_ticks():
    records = even("stat", 3000)
    records["data"]["user"][:, 0] = np.arange(3000) // 10
    for by_ns in (0, 10 * MS, 49 * MS):
        found = over("stat", records, by_ns=by_ns)
        assert found.by_ns == shares.WINDOW_NS
        assert found.seconds.min() >= (shares.WINDOW_NS - MS / 10) / 1e9
        assert found["user"][:, 0].tolist() == [1.0] * len(found)
    assert over("stat", records, by_ns=1000 * MS).seconds.round(2).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("period_ms", [50, 100, 1000])
def test_nor_where_a_sample_came_late(period_ms):
    records = even("stat", 30, period_ms * MS)
    records["data"]["user"][:, 0] = np.arange(30) * period_ms // 10
    records["time_ns"][7] += (period_ms - 10) * MS
    found = over("stat", records, period_ms * MS)
    assert found.seconds.min() >= 0.9 * shares.WINDOW_NS / 1e9
    assert len(found) == 28         # the late one and the next would be 10 ms apart


def test_columns_are_those_of_the_rows():
    """As `hzstat -c` computes them, of just the same records."""
    rng = np.random.default_rng(5)
    records = even("stat", 4000)
    for field in shares.FIELDS:
        records["data"][field][:, 0] = np.cumsum(rng.random(4000) < 0.02)
    found = over("stat", records, by_ns=200 * MS)
    columns = {name: found.column(name)[:, 0] for name in shares.COLUMNS}
    starts = over_time.chosen(records, 200 * MS - MS // 10, 500)
    for number, (start, end) in enumerate(pairwise(starts)):
        expected = windows.cpu(records[start:end + 1], -1, MS // 10)
        assert {name: each[number] for name, each in columns.items()} == pytest.approx(
            {name: expected[name].over for name in columns})


def test_long_recordings_are_the_sum_of_their_stretches():
    records = even("net/dev", 40_000, room=2)
    records["data"]["name"][:, 0] = b"lo"
    records["data"]["rx_bytes"][:, 0] = np.arange(40_000) ** 2
    records["data"]["name"][30_000:, 1] = b"eth0"
    records["rows"][30_000:] = 2
    records["data"]["rx_bytes"][30_000:, 1] = 7 * np.arange(10_000)
    found = over("net/dev", records)
    expected = np.diff(np.arange(40_000) ** 2) / (np.diff(records["time_ns"]) / 1e9)
    assert found.keys.tolist() == [b"lo", b"eth0"]
    assert np.allclose(found["rx_bytes"][:, 0], expected, rtol=1e-12)
    assert np.isnan(found["rx_bytes"][:30_000, 1]).all()
    assert np.allclose(found["rx_bytes"][30_000:, 1],
                       7 / (np.diff(records["time_ns"][30_000:]) / 1e9))


def test_of_a_key_that_comes_twice_the_first_counts():
    records = even("net/dev", 3, room=2)
    records["rows"] = 2
    records["data"]["name"] = b"eth0"
    records["data"]["rx_bytes"] = np.arange(3)[:, None] * [5, 7]
    found = over("net/dev", records)
    assert found.keys.tolist() == [b"eth0"]
    check_against_rates("net/dev", records, found, good_pairs(records))


def test_of_a_recording(tmp_path):
    records = even("net/dev", 1000)
    records["data"]["name"] = b"lo"
    records["data"]["rx_bytes"][:, 0] = 3 * np.arange(1000)
    rec = hzstat.load(save(tmp_path / "run", {"net/dev": records}))
    assert rec.rates("net/dev")["rx_bytes"].shape == (999, 1)
    by = rec.rates("net/dev", by=0.1)
    assert by["rx_bytes"] == pytest.approx(3000, rel=1e-3)
    assert by.seconds == pytest.approx(0.1, abs=1e-3)
    for field in ("name", "cpu", "nothing"):
        with pytest.raises(KeyError, match="no number"):
            by[field]
    with pytest.raises(KeyError, match="no shares"):
        by.column("cpu")
    for nonsense in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="a time above 0"):
            rec.rates("net/dev", by=nonsense)


def test_the_clock_is_that_of_the_machine_that_recorded(tmp_path):
    """With 1024 ticks a second, as on Alpha, shares are told over 5 ms."""
    records = even("stat", 1000)
    records["data"]["user"][:, 0] = 1024 * np.arange(1000) // 1000
    rec = hzstat.load(save(tmp_path / "run", {"stat": records}, user_hz=1024))
    found = rec.rates("stat")
    assert found.seconds.round(3).tolist() == [0.005] * len(found)
    assert found["user"][:, 0].tolist() == [1.0] * len(found)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_records_are_no_windows(count):
    for source in ("stat", "net/dev", "loadavg"):
        found = over(source, even(source, count))
        assert (len(found), len(found.keys)) == (0, count)
        assert all(found[field].shape == (0, count) for field in found.fields)
