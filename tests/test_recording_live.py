"""From the sampler to the report: recordings as `hzstat record` makes them, also while it does."""
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from running import HZSTAT, run
from waiting import until

import hzstat


def test_a_recording_is_read_while_it_is_written_and_after_a_kill(tmp_path):
    folder = tmp_path / "run"
    child = subprocess.Popen([*HZSTAT, "record", "-o", str(folder), "-r", "500", "--flush",
                              "50ms", "--for", "60"], stderr=subprocess.DEVNULL)
    try:
        until(lambda: (folder / "meta.json").exists())
        seen = [until(lambda least=least: "stat" in (rec := hzstat.load(folder))
                      and len(rec["stat"]) > least and rec) for least in (0, 50, 200)]
        for rec in seen:
            assert rec.cut_short
            assert not [problem for problem in rec.problems if "No such file" not in problem]
            assert rec.user_hz == os.sysconf("SC_CLK_TCK")
            ticks = rec["stat"]["tick"]
            assert (np.diff(ticks) > 0).all()
            assert rec.gaps("stat")["missed"].sum() == ticks[-1] - ticks[0] + 1 - len(ticks)
        assert np.array_equal(seen[0]["stat"], seen[2]["stat"][:len(seen[0]["stat"])])
        for worker in psutil.Process(child.pid).children():
            worker.kill()
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    rec = hzstat.load(folder)
    assert len(rec["stat"]) >= len(seen[2]["stat"])
    done = run("report", folder)
    assert done.returncode == 0
    assert "CUT SHORT" in done.stdout


def test_what_a_command_did_is_in_the_report(tmp_path):
    """A CPU that is kept busy, memory that is taken, bytes that are sent."""
    work = ("import socket, time\n"
            "kept = bytearray(300 << 20)\n"
            "for place in range(0, len(kept), 4096): kept[place] = 1\n"
            "end = time.monotonic() + 1\n"
            "while time.monotonic() < end: pass\n")
    done = run("record", "-o", tmp_path / "run", "-r", "100", "--", sys.executable, "-c", work)
    assert done.returncode == 0
    report = json.loads(run("report", tmp_path / "run", "--json").stdout)
    assert report["ended"]["reason"] == "command"
    assert report["ended"]["exit_status"] == 0
    assert report["command"][0] == sys.executable
    told = {(one["group"], one["name"]): one for source in report["sources"].values()
            for one in source["metrics"]}
    cpus = len(os.sched_getaffinity(0))
    assert told["cpu", "busy"]["max"] >= 0.8 / cpus
    used = told["memory", "used"]
    assert used["max"] - min(filter(None, used["curve"])) > 100 << 20
    assert psutil.virtual_memory().total > used["max"] > 100 << 20


def test_a_block_has_all_that_a_recording_has(tmp_path):
    with hzstat.record({"stat": 200, "net/dev": 200}) as rec:
        time.sleep(0.3)
    busy = rec.rates("stat").column("cpu")
    assert busy.shape[0] >= 3
    assert np.nanmax(busy[:, 0]) <= 1
    assert set(rec.rates("net/dev").keys.tolist()) == {name.encode() for name
                                                       in psutil.net_io_counters(pernic=True)}
    rec.save(tmp_path / "kept")
    kept = hzstat.load(tmp_path / "kept")
    assert np.array_equal(kept["stat"], rec["stat"])
    assert not kept.cut_short
    assert "block ended" in run("report", tmp_path / "kept").stdout


def test_a_replay_of_a_record_has_its_rows(tmp_path):
    run("record", "-o", tmp_path / "run", "-r", "100", "--for", "1.2s")
    done = run("replay", tmp_path / "run", "0.2", "4", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 4
    assert all(0 <= row["cpu_total_usr_percent"] <= 100 for row in rows)
    assert all(row["memory_used_bytes"] > 0 for row in rows)


@pytest.mark.parametrize("source", ["vmstat", "diskstats", "softirqs", "net/snmp", "uptime",
                                    "schedstat", "pressure/cpu"])
def test_any_source_can_be_reported(tmp_path, source):
    try:
        hzstat.read(source)
    except hzstat.SourceUnavailable as missing:
        pytest.skip(str(missing))
    run("record", "-o", tmp_path / "run", "-r", f"{source}=100", "--for", "0.5s")
    for options in ([], ["--full"]):
        done = run("report", tmp_path / "run", *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert source in done.stdout
