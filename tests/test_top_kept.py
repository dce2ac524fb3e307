"""What `w` keeps: the records of the last ten seconds, as a recording that others can read."""
import os
import subprocess
import sys
import time
from datetime import datetime

import numpy as np
import pytest
from waiting import until

import hzstat
from hzstat.top import kept

RATES_HZ = {"stat": 500, "net/dev": 200}
PERIODS_NS = {"stat": 2_000_000, "net/dev": 5_000_000}


@pytest.fixture
def sampler():
    with hzstat.Sampler(RATES_HZ, jobs=1) as one:
        until(lambda: one["stat"].ring.head > 120)
        yield one


def test_all_records_are_kept_with_their_fields(sampler, tmp_path):
    sampler.pause()
    time.sleep(0.1)
    records = kept.held(sampler, PERIODS_NS)
    seconds = kept.write(sampler, records, PERIODS_NS, None, str(tmp_path / "one"))
    recording = hzstat.load(tmp_path / "one")
    assert not recording.problems
    assert not recording.cut_short
    assert set(recording) == set(RATES_HZ)
    assert datetime.fromisoformat(recording.meta["started"]).timestamp() == pytest.approx(
        min(recording[name]["wall_ns"][0] for name in RATES_HZ) / 1e9, abs=1e-5)
    for name in RATES_HZ:
        every = sampler.view(name).drain()
        found = recording[name]
        assert found.shape == every.shape
        for field in ("tick", "time_ns", "wall_ns", "late_ns", "read_ns", "status", "rows"):
            assert np.array_equal(found[field], every[field])
        rows = found["data"].shape[1]
        assert rows == every["rows"].max()
        assert np.array_equal(found["data"], every["data"][:, :rows])
        health = recording.meta["ended"]["health"][name]
        assert health["late_ns"] == [int(np.percentile(every["late_ns"], share,
                                                       method="inverted_cdf"))
                                     for share in (50, 99, 99.9, 100)]
        assert health["planned"] == int(every["tick"][-1] - every["tick"][0]) + 1
        assert health["records"] == len(every)
    assert seconds == min(np.ptp(sampler.view(name).drain()["time_ns"]) + PERIODS_NS[name]
                          for name in RATES_HZ) / 1e9


def test_records_of_one_rate(sampler):
    sampler.set_rate("stat", 1000)
    until(lambda: len(kept.held(sampler, {"stat": 1_000_000})["stat"]) > 100)
    records = kept.held(sampler, {"stat": 1_000_000})["stat"]
    assert (np.diff(records["tick"]) >= 1).all()
    planned = records["time_ns"] - records["late_ns"]
    assert (planned == records["tick"] * 1_000_000).all()
    before = kept.held(sampler, PERIODS_NS)["stat"]
    assert not len(before)


def test_there_and_back_begins_at_the_last_change(sampler):
    for period_ns in (1_000_000, 2_000_000):
        sampler.set_rate("stat", 1e9 / period_ns)
        head = sampler["stat"].ring.head
        until(lambda head=head: sampler["stat"].ring.head > head + 100)
    records = kept.held(sampler, PERIODS_NS)["stat"]
    every = sampler["stat"].drain()
    slower, = np.flatnonzero(np.diff(every["tick"]) < 0)
    assert records["time_ns"][0] == every["time_ns"][slower + 1]


def test_no_more_than_it_was_asked_for(sampler):
    now_ns = sampler.board.now_ns()
    for records in kept.held(sampler, PERIODS_NS, 200_000_000).values():
        planned = records["time_ns"] - records["late_ns"]
        assert 100_000_000 < np.ptp(planned) <= 200_000_000
        assert planned[0] >= now_ns - 200_000_000


def test_what_is_there_is_left_alone(sampler, tmp_path):
    (tmp_path / "thesis").write_text("three years")
    with pytest.raises(hzstat.RecordingError, match="has other things in it"):
        kept.write(sampler, kept.held(sampler, PERIODS_NS), PERIODS_NS, None, str(tmp_path))
    assert os.listdir(tmp_path) == ["thesis"]


def test_a_full_disk_leaves_nothing(tmp_path):
    code = """if True:
        import hzstat, resource, signal, time
        from hzstat.top import kept
        with hzstat.Sampler({"stat": 500}, jobs=1) as sampler:
            while sampler["stat"].ring.head < 100:
                time.sleep(0.01)
            records = kept.held(sampler, {"stat": 2_000_000})
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
            kept.write(sampler, records, {"stat": 2_000_000}, None, "one")
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                          text=True, timeout=30)
    assert "RecordingError: can't record into one: File too large" in done.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_kept_of_nothing(sampler, tmp_path):
    nothing = {name: one[:0] for name, one in kept.held(sampler, PERIODS_NS).items()}
    with pytest.raises(hzstat.RecordingError, match="wait a moment"):
        kept.write(sampler, nothing, PERIODS_NS, None, str(tmp_path / "one"))
    assert not list(tmp_path.iterdir())
