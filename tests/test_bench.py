"""`hzstat bench` measures what it says. No figure is tested: those are the machine's."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hzstat.bench.compare import differences
from hzstat.bench.figures import figure, spread
from hzstat.bench.frame import Column, Table

TOOL = Path(sys.executable).with_name("hzstat")
DRIVER = """#!{python}
import sys, time
for line in sys.stdin:
    source, calls = line.split()
    start = time.monotonic_ns()
    for _ in range(int(calls)):
        open("/proc/" + source).read()
    print(time.monotonic_ns() - start if source == "stat" else "-", flush=True)
"""


def bench(*arguments):
    return subprocess.run([TOOL, "bench", *arguments], capture_output=True, text=True, timeout=300)


def tables(*arguments):
    """The tables of a run as JSON, by name."""
    done = bench(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert all(line.startswith("hzstat: ") or " s left" in line
               for line in done.stderr.splitlines())
    found = json.loads(done.stdout)
    assert (found["format"], found["bench"]) == (2, arguments[0])
    assert found["machine"]["cores"] == len(os.sched_getaffinity(0))
    for table in found["tables"]:
        for figures in table["rows"].values():
            for one in figures.values():
                assert min(one["rounds"]) <= one["low"] <= one["median"] <= one["high"]
                assert one["high"] <= max(one["rounds"])
    return {table["name"]: table for table in found["tables"]}


# The frame

def test_figures():
    one = figure([3, 1, 2, 5, 4])
    assert (one["low"], one["median"], one["high"]) == (2, 3, 4)
    assert one["outliers"] == []
    assert figure([1, 1.1, 1.2, 9, 1.1])["outliers"] == [4]
    assert figure([7]) == {"median": 7, "low": 7, "high": 7, "rounds": [7], "outliers": []}


def test_a_table_as_text():
    table = Table("x", "a title", "way", (Column("ns", "ns", 1), Column("ratio", "x floor")), "ns",
                  {"one": {"ns": figure([1500.0]), "ratio": figure([1])},
                   "another": {"ns": figure([1, 1, 1, 1, 99.0])}},
                  {"third": "not installed"}, ["one: a finding"])
    assert list(table.lines()) == [
        "a title",
        "  way      ns                   x floor",
        "  one      1,500 (1,500-1,500)  1.00 (1.00-1.00)",
        "  another  1.0 (1.0-1.0)        -",
        "  third    not here: not installed",
        "  another: round 5 lies far outside the others",
        "one: a finding"]


def test_columns_without_room_follow_below():
    table = Table("x", "a title", "way", tuple(Column(name, name) for name in "abcd"), "",
                  {"one": {"a": figure([1]), "b": figure([22]), "c": figure([333])},
                   "two": {"a": figure([1])}},
                  {"the other": "no"})
    parts = [["way  a                 b", "one  1.00 (1.00-1.00)  22.0 (22.0-22.0)",
              "two  1.00 (1.00-1.00)  -"], ["way  c              d", "one  333 (333-333)  -"]]
    whole, split, least = ([line.strip() for line in table.lines(width)] for width in (80, 43, 1))
    assert whole[1].split() == ["way", *"abcd"]
    assert split[1:7] == [*parts[0], "", *parts[1]]
    assert split[0] == whole[0]
    assert split[7:] == whole[4:] == ["the other  not here: no"]
    assert [line.split() for line in least if line.startswith("way")] == [
        ["way", name] for name in "abcd"]


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_a_table_is_as_wide_as_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    done = bench("countdown", "-n", "1e7", "--modes", "serial,nogil", "--rounds", "2")
    rows = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    assert max(map(len, rows)) <= columns
    heads = [row for row in rows if row.startswith("  mode ")]
    assert (len(heads) > 1) == (columns < 200)


@pytest.mark.parametrize(("value", "digits", "shown"), [
    (0.2824, 3, "0.282"), (18.779, 3, "18.8"), (119.69, 2, "120"), (93_458_844, 0, "93,458,844"),
    (9.9999, 3, "10.00"), (-178.4, 1, "-178"), (0.0, 2, "0.00"), (1.25, 0, "1")])
def test_as_many_digits_as_say_something(value, digits, shown):
    assert spread(figure([value]), digits) == f"{shown} ({shown}-{shown})"


def test_compare_tells_what_lies_beyond_the_noise():
    def report(*values):
        table = Table("t", "", "way", (Column("ns", "ns"),), "ns",
                      {"a": {"ns": figure(values)}, "b": {"ns": figure([1, 2, 3, 4])},
                       "c": {"ns": figure([values[0]])}})
        return {"bench": "parse", "machine": dict.fromkeys(
            ("cpu", "cores", "kernel", "python", "gil")), "settings": {},
            "tables": [table.as_dict()]}
    report = json.loads(json.dumps(report(9, 10, 11, 12))), json.loads(
        json.dumps(report(20, 21, 22, 23)))
    assert list(differences(*report)) == [
        "t, a, ns: 10.50 (9.75-11.25) -> 21.5 (20.8-22.2), +105 %",
        "1 of 2 figures changed beyond the noise; 1 have fewer than 4 rounds, which can't tell"]
    assert next(differences(report[0], report[0])).startswith("0 of 2 figures changed")


def test_compare_of_files(tmp_path):
    one, text, wrong = (str(tmp_path / name) for name in ("one", "text", "wrong"))
    done = bench("countdown", "-n", "1000", "--modes", "nogil", "--rounds", "4", "--json", one)
    assert done.returncode == 0
    assert "counting down from 1,000" in done.stdout
    done = bench("countdown", "-n", "1000", "--modes", "nogil", "--rounds", "4", "--json", one,
                 "--force")
    assert done.returncode == 0
    done = bench("compare", one, one)
    assert done.stdout == "0 of 4 figures changed beyond the noise\n"
    Path(text).write_text("{")
    Path(wrong).write_text('{"format": 1}')
    half = str(tmp_path / "half")
    Path(half).write_text('{"format": 2, "tables": []}')
    assert "no report of hzstat bench" in bench("compare", one, half).stderr
    for path, words in ((text, "is no JSON"), (wrong, "no report of hzstat bench in format 2"),
                        ("/nowhere", "/nowhere")):
        done = bench("compare", one, path)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (["--json", "/nowhere/x"], "can't write '/nowhere/x'"), (["--plot", "/nowhere/x.png"], "can't"),
    (["--json", "/"], "no plain file"), (["--json", ""], "names no file"),
    (["--json", __file__], "is there already: give another name, or --force"),
    (["--json", "--force"], "--force is of no use without a FILE"),
    (["--json", "x.png", "--plot", "x.png"], "the same file"),
    (["--plot", "x.txt"], "ends with .png, .svg, .pdf")])
def test_files_that_can_not_be_written_are_told_before_anything_is_run(arguments, words):
    done = bench("countdown", *arguments)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert words in done.stderr


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_plot(tmp_path, kind):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"bars.{kind}"
    done = bench("countdown", "-n", "1e5", "--rounds", "2", "--modes", "serial,nogil", "--plot",
                 str(path))
    assert done.returncode == 0, done.stderr
    head = path.read_bytes()[:100]
    assert head.startswith(b"\x89PNG") if kind == "png" else b"<?xml" in head
    if kind == "svg":
        assert path.stat().st_size > 5000


# Starting

def test_what_starting_costs(tmp_path):
    """Of the command that runs, which needn't be beside Python (pip install --user)."""
    python, command = tmp_path / "bin/python", tmp_path / "elsewhere/hzstat"
    for path in (python, command):
        path.parent.mkdir()
    python.symlink_to(sys.executable)
    shutil.copy(TOOL, command)

    def startup(*words):
        return subprocess.run([python, *words, "bench", "startup", "--rounds", "1", "--json"],
                              env={**os.environ, "PYTHONPATH": ":".join(filter(None, sys.path))},
                              capture_output=True, text=True, timeout=60)
    started, record, row, run = (table["rows"] for table in
                                 json.loads(startup(command).stdout)["tables"])
    assert list(started) == ["python -c pass", "hzstat line", "hzstat --help"]
    assert 0 < record["hzstat"]["ms"]["median"] < row["hzstat 0.1"]["ms"]["median"]
    assert len(run) == 2
    done = startup("-m", "hzstat")
    assert (done.returncode, done.stdout) == (1, "")
    assert "isn't beside this Python: run it as `hzstat bench startup`" in done.stderr
    broken = python.with_name("hzstat")
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    done = startup("-m", "hzstat")
    assert done.returncode == 1
    assert f"`{broken} line` ended with status 3: run it to see why" in done.stderr


# Parsing

def test_parsing_as_a_table():
    done = bench("parse", "stat", "loadavg", "--rounds", "3", "--calls", "3")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert f"{len(os.sched_getaffinity(0))} cores" in lines[0]
    assert [line.split(":")[0] for line in lines if line.endswith(" bytes")] == ["stat", "loadavg"]
    assert any(line.startswith("read_into costs at most x 1.1 (floor above 3 us), or +300 ns: ")
               for line in lines)


def test_parsing_for_programs():
    found = tables("parse", "stat", "pressure/cpu", "--rounds", "3", "--calls", "3")
    assert set(found["stat"]["rows"]) == {"floor", "read_into", "read", "plain", "psutil"}
    assert found["stat"]["rows"]["floor"]["ratio"]["median"] == 1
    assert {"over_ns", "call_ns", "parse_ns"} < set(found["stat"]["rows"]["read_into"])
    assert "net/dev of 10000 interfaces" in found["speed"]["rows"]


def test_a_peer_takes_part(tmp_path):
    driver = tmp_path / "slow-one"
    driver.write_text(DRIVER.format(python=sys.executable))
    driver.chmod(0o755)
    (tmp_path / "README").touch()
    found = tables("parse", "stat", "uptime", "--rounds", "3", "--calls", "3", "--peers", tmp_path)
    assert found["stat"]["rows"]["slow-one"]["us"]["low"] > 0
    assert "slow-one" not in found["uptime"]["rows"]


@pytest.mark.parametrize(("arguments", "words"), [
    (["nope"], "no source to measure: nope; there are stat"), (["--rounds", "1"], "has no spread"),
    (["--calls", "0"], "whole number from 1 on"), (["--peers", "/nowhere"], "/nowhere")])
def test_misuse_is_told_before_anything_is_run(arguments, words):
    done = bench("parse", *arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert done.stdout == ""


def test_a_source_that_is_not_here_is_told():
    done = bench("parse", "schedstat", "--rounds", "2", "--calls", "1")
    if os.path.exists("/proc/schedstat"):
        assert "schedstat: " in done.stdout
    else:
        assert "schedstat  not here: No such file or directory" in done.stdout


# Sampling

@pytest.fixture(scope="module")
def sampling():
    return tables("sample", "--rounds", "1", "--seconds", "0.15")


def test_sampling_is_measured_beside_others(sampling):
    slow, fast = sampling["100 Hz"]["rows"], sampling["5000 Hz"]["rows"]
    assert [way for way in slow if way != "collectl"] == ["bare loop", "hzstat", "plain", "psutil"]
    assert list(fast) == ["bare loop", "hzstat"]
    for ways in (slow, fast):
        assert ways["bare loop"]["cpu_ratio"]["median"] == 1
        for cost in ways.values():
            assert 0 < cost["cpu_percent"]["median"] < 100
            assert 0 < cost["kept_percent"]["median"] <= 100
        for way in ("bare loop", "hzstat"):
            assert 0 <= ways[way]["on_time_percent"]["median"] <= 100


def test_how_the_cost_grows(sampling):
    assert list(sampling["sources"]["rows"]) == ["1", "2", "4", "8"]
    few, _, most = (one["hzstat_us"]["median"] for one in sampling["interfaces"]["rows"].values())
    assert few < most
    assert set(sampling["highest"]["rows"]) <= {"bare loop", "hzstat"}
    own, pss = (one["kb"]["median"] for one in sampling["memory"]["rows"].values())
    assert 0 < own < pss


def test_rates_that_can_not_be():
    done = bench("sample", "-r", "100,0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "samples a second from 1" in done.stderr


def test_what_recording_costs():
    found = tables("record", "--rounds", "2", "--seconds", "0.3", "-r", "500")["500 Hz"]["rows"]
    assert list(found) == ["sampled", "drained", "recorded"]
    assert found["sampled"]["cpu_ratio"]["median"] == 1
    assert found["recorded"]["bytes_per_second"]["low"] > 100_000
    assert all(one["lost"]["rounds"] == [0, 0] for one in found.values())
    assert all(0 < one["cpu_percent"]["median"] < 100 for one in found.values())


def test_what_the_knobs_do():
    found = tables("knobs", "--rounds", "1", "--seconds", "0.2")
    assert list(found) == ["0 busy", f"{2 * len(os.sched_getaffinity(0))} busy"]
    for one in found.values():
        assert {*one["rows"], *one["skipped"]} >= {"as it is", "--realtime", "--spin 100"}
        assert one["rows"]["as it is"]["cpu_percent"]["median"] > 0


# CPU sources

needs_two_cpus = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs")


@needs_two_cpus
def test_cpu_sources_are_compared_with_a_known_load():
    found = tables("cpu", "--rounds", "1", "--seconds", "0.15", "--duty", "50", "--period", "10")
    assert list(found) == [f"{load}, {place}" for load in ("spinner", "hog", "idle")
                           for place in ("another CPU", "the same CPU")]
    for one in found.values():
        assert "stat" in one["rows"]
        for figures in one["rows"].values():
            assert 0 <= figures["told_1ms"]["median"] <= 100
            assert figures.get("rms_50ms", {"median": 0})["median"] >= 0
    assert found["hog, the same CPU"]["rows"]["stat"]["mean_50ms"]["median"] > 50


@pytest.mark.parametrize("duty", ["0", "100", "x"])
def test_a_duty_that_is_none(duty):
    done = bench("cpu", "--duty", duty)
    assert (done.returncode, done.stdout) == (2, "")
    assert "percent from 1 to 99" in done.stderr
