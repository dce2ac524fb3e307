"""`hzstat bench` measures what it says. No figure is tested: those are the machine's."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
    return subprocess.run([TOOL, "bench", "parse", *arguments], capture_output=True, text=True,
                          timeout=120)


def test_a_table_for_people():
    done = bench("stat", "loadavg", "--rounds", "3", "--calls", "3")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if " bytes, floor " in line] == ["stat", "loadavg"]
    assert {line.split()[0] for line in lines if line.endswith("x floor")} == {
        "read_into", "read", "plain", "psutil"}
    assert "stat of   4096 CPUs" in done.stdout
    assert lines[-2].startswith("read_into costs at most x 1.1 (floor above 3 us), or +300 ns: ")


def test_json_for_programs():
    done = bench("stat", "pressure/cpu", "--rounds", "3", "--calls", "3", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["format"], found["rounds"], found["calls"]) == (1, 3, 3)
    stat = found["files"][0]
    for ways in stat["ways"].values():
        for figure in ways.values():
            assert 0 < figure["low"] <= figure["median"] <= figure["high"]
    assert [one["count"] for one in found["growth"]["net/dev"]] == [100, 1000, 10_000]


def test_a_peer_takes_part(tmp_path):
    driver = tmp_path / "slow-one"
    driver.write_text(DRIVER.format(python=sys.executable))
    driver.chmod(0o755)
    (tmp_path / "README").touch()
    done = bench("stat", "uptime", "--rounds", "3", "--calls", "3", "--json", "--peers", tmp_path)
    stat, uptime = json.loads(done.stdout)["files"]
    assert stat["ways"]["slow-one"]["ns"]["low"] > 0
    assert "slow-one" not in uptime["ways"]


@pytest.mark.parametrize(("arguments", "words"), [
    (["nope"], "no source to measure: nope; there are stat"), (["--rounds", "1"], "has no spread"),
    (["--calls", "0"], "whole number from 1 on"), (["--peers", "/nowhere"], "/nowhere")])
def test_misuse_is_told_before_anything_is_run(arguments, words):
    done = bench(*arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert done.stdout == ""


def test_a_source_that_is_not_here_is_told():
    done = bench("schedstat", "--rounds", "2", "--calls", "1")
    if os.path.exists("/proc/schedstat"):
        assert " bytes, floor " in done.stdout
    else:
        assert "schedstat: No such file or directory" in done.stdout


def sample(*arguments):
    command = [TOOL, "bench", "sample", "--rounds", "2", "--seconds", "0.2", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_sampling_is_measured_beside_others():
    done = sample("-r", "100,2000", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    slow, fast = json.loads(done.stdout)["rates"]
    assert (slow["rate_hz"], fast["rate_hz"]) == (100, 2000)
    assert [way for way in slow["ways"] if way != "collectl"] == ["bare loop", "hzstat", "plain",
                                                                  "psutil"]
    assert list(fast["ways"]) == ["bare loop", "hzstat"]
    for ways in (slow["ways"], fast["ways"]):
        assert ways["bare loop"]["cpu_ratio"]["median"] == 1
        for cost in ways.values():
            assert 0 < cost["cpu_percent"]["median"] < 100
            assert 0 <= cost.get("on_time_percent", {"median": 0})["median"] <= 100
            assert 0 < cost["kept_percent"]["median"] <= 100


def test_sampling_as_a_table():
    done = sample("-r", "500")
    assert (done.returncode, done.stderr) == (0, "")
    rate, head, *lines = done.stdout.splitlines()
    assert (rate, head.split()[:2]) == ("500 Hz", ["CPU", "%"])
    assert [line[2:13].strip() for line in lines] == ["bare loop", "hzstat", "plain", "psutil"]


def test_how_the_cost_grows():
    done = subprocess.run([TOOL, "bench", "sample", "--rounds", "1", "--seconds", "0.05", "--json"],
                          capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [one["sources"] for one in found["sources"]] == [1, 2, 4, 8]
    few, more, most = found["interfaces"]
    assert few["interfaces"] == 1
    assert most["hzstat"]["median"] > more["hzstat"]["median"] > few["hzstat"]["median"]
    assert set(found["highest_hz"]) <= {"bare loop", "hzstat"}
    assert 0 < found["worker_kb"]["own"] < found["worker_kb"]["pss"]


def test_rates_that_can_not_be():
    done = sample("-r", "100,0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "samples a second from 1" in done.stderr


def test_what_the_knobs_do():
    done = subprocess.run([TOOL, "bench", "knobs", "--rounds", "1", "--seconds", "0.2", "--json"],
                          capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    idle, busy = json.loads(done.stdout)["knobs"]
    assert (idle["hogs"], busy["hogs"]) == (0, 2 * len(os.sched_getaffinity(0)))
    for one in (idle, busy):
        assert {*one["ways"], *one["refused"]} >= {"as it is", "--realtime", "--spin 100"}
        assert one["ways"]["--spin 100"]["cpu_percent"] != one["ways"]["as it is"]["cpu_percent"]
