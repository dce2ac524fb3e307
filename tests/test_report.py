"""A report as text, and the command that prints it."""
import json
import os
from functools import partial

import numpy as np
import pytest
import running
from recorded import MS, START_NS, even, save
from test_summary import SECOND, bursts, traffic

import hzstat
from hzstat.formats import report, spark
from hzstat.recordings import summary

run = partial(running.run, "report")


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "run", {"stat": bursts(), "net/dev": traffic()}, kernel="6.1", cpus=2,
                command=["make", "a\x1b[31m"],
                ended={"reason": "command", "message": "", "exit_status": 3})


def test_a_report_fits_80_columns_and_disturbs_no_terminal(folder):
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines()[1:])) <= 80
    assert "\x1b" not in done.stdout
    for words in ("19.999s from 2026-09-21 16:13:20.000 to 16:13:39.999 (+0200)", "6.1",
                  "command: make a\\x1b[31m", "ended: its command ended, with status 3",
                  "net, by 1.0ms", "cpu, by 50.0ms", "worst moments"):
        assert words in done.stdout
    assert any(block in done.stdout for block in spark.BLOCKS)


def test_names_of_sources_disturb_no_terminal_either(folder):
    np.save(folder / "up\x1b[5m.npy", even("uptime", 5))
    done = run(folder)
    assert done.returncode == 0
    assert "up\\x1b[5m" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_without_utf_8_curves_are_ascii(folder):
    done = run(folder, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert spark.ASCII[-1] in done.stdout


def test_what_was_cut_short_says_so(tmp_path):
    folder = save(tmp_path / "run", {"stat": bursts(2000)}, ended=None)
    done = run(folder)
    assert "CUT SHORT" in done.stdout
    assert "was cut short, or is still going on" in done.stderr
    (folder / "stat.npy").write_bytes((folder / "stat.npy").read_bytes()[:9999])
    done = run(folder)
    assert done.returncode == 0
    assert "stat.npy is cut: of 2,000 records" in done.stderr


def test_too_little_for_a_window_says_so(tmp_path):
    folder = save(tmp_path / "run", {"stat": bursts(20)})
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "stat: too little for a window of 50.0ms" in done.stdout


def test_parts_windows_and_json(folder):
    done = run(folder, "--from", "-10s", "--to", "15s", "--by", "100ms", "--source", "stat",
               "--json")
    told = json.loads(done.stdout)
    assert (told["format"], list(told["sources"])) == (1, ["stat"])
    assert told["start_ns"] == pytest.approx(START_NS + 10 * SECOND, abs=2 * MS)
    assert told["end_ns"] == pytest.approx(START_NS + 15 * SECOND, abs=2 * MS)
    assert {one["window_ns"] for one in told["sources"]["stat"]["metrics"]} == {100 * MS}
    assert "NaN" not in done.stdout


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["--source", "vmstat"], 2, "vmstat isn't in this recording: there are stat, net/dev"),
    (["--from", "1h"], 1, "has no records in that time: it goes from 2026-09-21 16:13:20"),
    (["--from", "soon"], 1, "'soon' is no moment"), (["--by", "2x"], 2, "no length of time"),
    (["--by", "1ns"], 2, "10us or more"), (["--plot", "x.txt"], 1, "ends with .png, .svg, .pdf"),
    (["--plot", ""], 1, "ends with .png, .svg, .pdf")])
def test_what_can_not_be_told_is_one_line(folder, arguments, status, words):
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("ns", "text"), [(9_500_000_000, "9.500s"), (125 * SECOND, "2m05s"),
                                          (3_725 * SECOND, "1h02m05s")])
def test_lengths(ns, text):
    assert report.length(ns) == text


@pytest.mark.parametrize("times", [[-2**63, 0, 2**63 - 1], [2**62, 2**63 - 2, 2**63 - 1]])
def test_times_and_numbers_of_any_size_are_told(tmp_path, times):
    records = even("loadavg", 3)
    records["time_ns"], records["data"]["load1"][:, 0] = times, [1e300, -1e300, 5e-324]
    rec = hzstat.load(save(tmp_path / "run", {"loadavg": records}))
    assert any(line.startswith("load1") for line in report.lines(
        summary.summary(rec, by=1e9), rec.when, spark.BLOCKS))
    assert spark.sparkline([1e300, -1e300, 1e-300], 1e-300) == "█▁█"


def test_a_recording_of_somebody_who_means_no_good_cannot_disturb_the_terminal(tmp_path):
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 300)})
    meta = json.loads((folder / "meta.json").read_text())
    bad = "\x1b[31m\n\ud800"
    meta["sources"][bad] = meta["sources"].pop("loadavg")
    for field in meta["sources"][bad]["fields"].values():
        field["unit"] = bad
    (folder / "meta.json").write_text(json.dumps(meta))
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\x1b[31m\\n\\ud800" in done.stdout
    assert "\x1b" not in done.stdout
