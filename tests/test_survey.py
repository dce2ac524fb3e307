"""`hzstat sources`: what was seen is what is there."""
import json
import shutil
from functools import partial
from pathlib import Path

import pytest
import running

import hzstat
from hzstat.formats import survey as formats
from hzstat.survey import survey

ROOT = Path(__file__).parent / "fixtures/linux-6.18-two-cpus/proc"


sources = partial(running.run, "sources")


def test_this_host():
    found = {one.name: one for one in survey(seconds=0.5)}
    assert set(found) == {name for name in hzstat.sources() if not name.startswith("PID/")}
    for one in found.values():
        if one.reason is not None:
            with pytest.raises(hzstat.SourceUnavailable, match=one.reason):
                hzstat.read(one.name)
            continue
        assert one.rows == len(hzstat.read(one.name))
        assert one.read_ns > 0
        assert (one.highest_hz is None) == (one.changes < 2)
        assert one.highest_hz is None or 0 < one.highest_hz <= 100_000
    stat = found["stat"]
    assert stat.changes >= 2            # watching keeps a CPU busy
    assert (stat.step, stat.unit) == (1, "ticks")
    assert stat.highest_hz <= 1e9 / stat.change_ns


def test_files_that_stand_still():
    shares = []
    found = {one.name: one for one in survey(ROOT, 0.1, shares.append)}
    assert found["vmstat"].changes == 0
    assert found["vmstat"].change_ns is None
    assert found["vmstat"].step is None
    assert found["pressure/irq"].reason == "No such file or directory"
    assert found["pressure/irq"].path == str(ROOT / "pressure/irq")
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_rows_that_come_and_go_are_no_fault(tmp_path):
    (tmp_path / "diskstats").write_text("8 0 sda 1 2 3 4\n")
    grown = []

    def grow(share):
        if not grown:
            (tmp_path / "diskstats").write_text("8 0 sda 1 2 3 4\n8 16 sdb 1 2 3 4\n")
        grown.append(share)
    found = {one.name: one for one in survey(tmp_path, 0.2, grow)}
    assert found["diskstats"].rows == 1


def test_the_table_and_the_json_say_the_same():
    done = sources("--seconds", "0.3")
    assert (done.returncode, done.stderr) == (0, "")        # no progress where it is no terminal
    lines = done.stdout.partition("\n\n")[2].splitlines()
    assert lines[0].split() == ["source", "rows", "bytes", "a", "read", "changes", "each",
                                "smallest", "step", "up", "to", "Hz"]
    done = sources("--seconds", "0.3", "--json")
    found = json.loads(done.stdout)
    assert found["format"] == 1
    there = [one["name"] for one in found["sources"] if one["reason"] is None]
    assert [line.split()[0] for line in lines[1:] if "not here: " not in line] == there


@pytest.mark.parametrize(("hz", "text"), [(1.26, "1.3"), (9.9, "9.9"), (14, "14"), (123, "120"),
                                          (99_999, "100,000"), (1e5, "100,000")])
def test_rates_are_rounded_to_what_can_be_said(hz, text):
    assert formats.rounded(hz) == text


def test_misuse():
    assert sources("--seconds", "0").returncode == 2
    assert "unrecognized" in sources("nope").stderr


def test_a_source_that_goes_while_it_is_watched(tmp_path):
    shutil.copytree(ROOT, tmp_path / "proc")
    loadavg = tmp_path / "proc/loadavg"

    def progress(share):
        if share > 0.5 and loadavg.stat().st_size:
            loadavg.write_bytes(b"")
    found = {one.name: one for one in survey(tmp_path / "proc", 0.3, progress)}
    assert "it is empty" in found["loadavg"].reason
    assert found["stat"].reason is None
