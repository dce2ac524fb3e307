"""A replay shows what was shown live, of the same records."""
import json
import time
from functools import partial

import numpy as np
import pytest
import running
from recorded import MS, START_NS, even, save
from sampling import FOUR, everything
from spanning import values_of

import hzstat
from hzstat import cpu_source
from hzstat.groups import GROUPS
from hzstat.groups.panel import Look, Panel
from hzstat.recordings import replay
from hzstat.watch import Watch

DELAY = 0.1


def rows_of(at, panels):
    return [values_of(panel, at) for panel in panels]


def live(sampler, panels, fine=None, count=12):
    """(start, end, records, values) of each row of a live run."""
    found = []
    for at in Watch(sampler, DELAY, fine).rows(count):
        records = {name: at.records(name).copy() for name in at.spans}
        found.append((at.start_ns, at.end_ns, records, rows_of(at, panels)))
    return found


@pytest.mark.parametrize("fine", [None, *(one for one in cpu_source.SOURCES
                                          if cpu_source.reason_against(one) is None)])
def test_live_rows_are_the_replayed_ones(tmp_path, fine):
    panels = [Panel(group, None, Look(DELAY, ["max", "min", "p90"])) for group in GROUPS.values()]
    rates = dict.fromkeys((*FOUR, "diskstats", *([fine.source] if fine else [])), 200)
    with hzstat.Sampler(rates, jobs=1, ring_seconds=30) as sampler:
        shown = live(sampler, panels, fine)
        views = {name: sampler.view(name) for name in sampler}
        sampler.stop()
    rec = hzstat.load(save(tmp_path / "run", {name: everything(view) for name, view
                                              in views.items()}, 5 * MS,
                           boot_id=replay.boot_id()))
    again = replay.Replay(rec, DELAY, fine)
    same, every = 0, True       # every: all rows up to now were the same
    waited = True               # for all that was planned before this row
    for start, end, records, values in shown:
        again.cut(start, end)
        before, waited = waited, all(
            len(records[name]) and records[name]["tick"][-1] == again.records(name)["tick"][-1]
            for name in records)
        if before and waited:       # else one came late, and is the next row's
            assert all(np.array_equal(again.records(name)[-len(one):], one)
                       for name, one in records.items())
        else:
            every = False
            continue
        same += 1
        for panel, one, other in zip(panels, values, rows_of(again, panels), strict=True):
            # What a finer source told once it isn't told again: a row depends on those before it.
            if fine is None or panel.group.name != "cpu" or every:
                assert one == other, panel.title
    assert same >= 3


def stat_of(busy_ms, count):
    """A CPU that is busy for the first `busy_ms` of each second."""
    records = even("stat", count, room=2)
    records["rows"] = 2                     # of all, and of the only one
    records["data"]["cpu"] = -1, 0
    user = np.cumsum(np.arange(count) % 1000 < busy_ms) // 10
    records["data"]["user"] = user[:, None]
    records["data"]["idle"] = (np.arange(count) // 10 - user)[:, None]
    return records


@pytest.fixture
def rec(tmp_path):
    load = even("loadavg", 41, 100 * MS)
    load["data"]["load1"][:, 0] = np.arange(41)
    folder = save(tmp_path / "run", {"stat": stat_of(200, 4001), "loadavg": load})
    about = json.loads((folder / "meta.json").read_text())
    about["sources"]["loadavg"]["period_ns"] = 100 * MS
    (folder / "meta.json").write_text(json.dumps(about))
    return hzstat.load(folder)


def test_rows_are_of_just_their_delay(rec):
    rows = [(at.start_ns - START_NS, at.end_ns - START_NS, at.cpu(-1)["usr"].over,
             at.cpu(-1)["cpu"].burst("max"), at.level("loadavg", "load1").tolist()[-1])
            for at in replay.Replay(rec, 1.0).rows(None)]
    assert rows == [(second * 1000 * MS, (second + 1) * 1000 * MS, pytest.approx(0.2, abs=0.02), 1,
                     10 * (second + 1)) for second in range(4)]


def test_rows_begin_where_all_sources_have_begun(rec):
    rec = rec.between(START_NS + 1500 * MS, None)
    first = next(iter(replay.Replay(rec, 0.5).rows(1)))
    assert first.start_ns == START_NS + 1500 * MS
    assert len(list(replay.Replay(rec, 0.5).rows(None))) == 5
    assert len(list(replay.Replay(rec, 0.5).rows(2))) == 2
    assert list(replay.Replay(rec.between("1h", None).only("stat"), 0.5).files) == []


def test_pages_that_were_read_are_let_go(tmp_path):
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 200_000)})
    rec = hzstat.load(folder)
    assert len(list(replay.Replay(rec, 1.0).rows(192))) == 192
    with open("/proc/self/smaps") as file:
        text = file.read().partition(str(folder / "loadavg.npy"))[2]
    size_kb, held_kb = (int(text.partition(f"\n{name}:")[2].split()[0]) for name in ("Size", "Rss"))
    assert size_kb > 10_000
    assert held_kb < size_kb / 10


def test_speed_is_how_fast_rows_come(rec):
    start = time.monotonic()
    assert len(list(replay.Replay(rec, 1.0).rows(3, speed=10))) == 3
    assert time.monotonic() - start >= 0.3


def test_what_is_here_is_known_of_a_recording_of_here_alone(rec):
    assert replay.tree(rec) == replay.ELSEWHERE
    rec.meta["boot_id"] = replay.boot_id()
    assert replay.tree(rec) is None
    rec.meta["root"] = "/some/tree"
    assert replay.tree(rec) == "/some/tree"


# -- the command ---------------------------------------------------------------------------


run = partial(running.run, "replay")


def test_the_command_prints_rows(rec):
    done = run(rec.path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["20"] * 4        # usr
    assert [line.split("|")[1].split()[0] for line in lines[2:]] == ["10.0", "20.0", "30.0",
                                                                     "40.0"]
    assert "memory" not in lines[0]         # nothing was recorded of it


def test_options_are_those_of_rows(rec):
    done = run(rec.path, "-c", "--from", "-2s", "0.5", "--json", "2")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 2
    assert rows[0]["time"].startswith("2026-09-21T14:13:2")
    assert all("cpu_total_busy_max" in name for row in rows for name in row if "max" in name)


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["5"], 1, "is too short for a row of 5 s"),
    (["-l", "-C", "0"], 2, "-C is of no use without -c"),
    (["-c", "-C", "7"], 2, "no CPU '7'"), (["-c", "0.0001"], 2, "give a delay of that or more"),
    (["--cpu-source", "schedstat"], 2, "isn't in this recording: there are stat"),
    (["--speed", "0"], 2, "times the speed"), (["--from", "1h"], 1, "no records in that time")])
def test_what_can_not_be_shown_is_one_line(rec, arguments, status, words):
    done = run(rec.path, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_groups_that_were_not_recorded_show_as_missing(rec):
    done = run(rec.path, "-cm", "1", "1")
    assert "--memory lacks what this recording hasn't got: meminfo" in done.stderr
    assert done.stdout.splitlines()[2].split("|")[1].split() == ["-", "-"]
