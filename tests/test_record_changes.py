"""What happens while it records: rows that come, sources that fail, workers that die."""
import os
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
from test_record import adds_up, load, meta, run, started
from waiting import kill_for_a_while, until

NET = """Inter-|   Receive                                                |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls\
 carrier compressed
"""


def interface(number):
    return f"  eth{number}: {number} 2 0 0 0 0 0 0 {number} 4 0 0 0 0 0 0\n"


def test_interfaces_that_come_widen_the_records(tmp_path):
    (tmp_path / "proc/net").mkdir(parents=True)
    file = tmp_path / "proc/net/dev"
    file.write_text(NET + interface(0))
    process = started("-r", "net/dev=500", "--flush", "50ms", "--root", tmp_path / "proc",
                      "-o", tmp_path / "run")
    until((tmp_path / "run/net__dev.npy").exists)
    rows = [load(tmp_path / "run", "net__dev").dtype["data"].shape[0]]
    for number in range(1, 6):
        with file.open("a") as opened:
            opened.write(interface(number))
        until(lambda: load(tmp_path / "run", "net__dev")["rows"][-1] == number + 1)  # noqa: B023
        rows.append(load(tmp_path / "run", "net__dev").dtype["data"].shape[0])
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.communicate()
    assert rows == [1, 2, 4, 4, 8, 8]       # not written anew for each
    records = load(tmp_path / "run", "net__dev")
    adds_up(tmp_path / "run")
    assert (np.diff(records["rows"].astype(int)) >= 0).all()
    for number in range(6):
        there = records["rows"] > number
        assert (records["data"]["name"][there, number] == f"eth{number}".encode()).all()
        assert (records["data"]["name"][~there, number] == b"").all()
        assert (records["data"]["rx_bytes"][there, number] == number).all()


def test_a_source_that_is_not_there_is_told_and_left_out(tmp_path):
    (tmp_path / "proc").mkdir()
    shutil.copy("/proc/uptime", tmp_path / "proc/uptime")
    done = run("-r", "uptime=100,loadavg=100", "--root", tmp_path / "proc", "--for", "0.1",
               "-o", tmp_path / "run")
    assert done.returncode == 0
    about = meta(tmp_path / "run")
    assert "loadavg" in about["sources"]["loadavg"]["unavailable"]
    assert about["sources"]["uptime"]["unavailable"] is None
    assert not (tmp_path / "run/loadavg.npy").exists()
    assert "loadavg: No such file" in done.stderr
    assert about["root"] == str(tmp_path / "proc")


def test_a_pipe_in_the_place_of_a_source_keeps_nobody(tmp_path):
    (tmp_path / "proc").mkdir()
    os.mkfifo(tmp_path / "proc/loadavg")
    shutil.copy("/proc/uptime", tmp_path / "proc/uptime")
    done = run("-r", "uptime=100,loadavg=100", "--root", tmp_path / "proc", "--for", "0.1",
               "-o", tmp_path / "run")
    assert done.returncode == 0
    assert "proc/loadavg: Illegal seek" in done.stderr
    assert len(load(tmp_path / "run", "uptime"))


def test_where_no_source_is_there_nothing_is_recorded(tmp_path):
    (tmp_path / "proc").mkdir()
    done = run("--root", tmp_path / "proc", "-o", tmp_path / "run")
    assert done.returncode == 1
    assert "No such file" in done.stderr
    assert not (tmp_path / "run").exists()


def test_memory_does_not_grow_with_its_length(tmp_path):
    process = started("-r", "5000", "--flush", "50ms", "-o", tmp_path / "run")

    def written():
        return sum(path.stat().st_size for path in (tmp_path / "run").glob("*.npy"))
    until(lambda: written() > 500_000)
    before, at = own_kb(process.pid), written()
    until(lambda: written() > at + 2_000_000)
    grown = own_kb(process.pid) - before
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.communicate()
    assert grown < 1000


def own_kb(pid):
    """What is a process's alone: the rings aren't."""
    return int(re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


def workers_of(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_worker_that_is_killed_is_started_again(tmp_path):
    process = started("-r", "stat=500", "--flush", "50ms", "-o", tmp_path / "run")
    until((tmp_path / "run/stat.npy").exists)
    worker, = workers_of(process.pid)
    kill_for_a_while(worker, process.pid)
    until(lambda: (now := workers_of(process.pid)) and now != [worker])
    count = len(load(tmp_path / "run", "stat"))
    until(lambda: len(load(tmp_path / "run", "stat")) > count + 100)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert "was started again" in process.communicate()[1]
    about = meta(tmp_path / "run")
    records, health = load(tmp_path / "run", "stat"), about["ended"]["health"]["stat"]
    gaps = (np.diff(records["tick"]) - 1).sum()
    assert health["missed"] > 0
    assert gaps > 0
    assert len(records) >= health["records"] - 1        # one may die between count and record


def test_a_worker_that_keeps_dying_ends_it(tmp_path):
    process = started("-r", "stat=500", "-o", tmp_path / "run", "--", "sh", "-c",
                      f"while ! grep -q '\"failed\"' {tmp_path}/run/meta.json; do sleep 0.05; done;"
                      " exit 5")
    until((tmp_path / "run/stat.npy").exists)
    killed = set()
    while process.poll() is None:
        for pid in set(workers_of(process.pid)) - killed:
            if b"record" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        time.sleep(0.01)
    assert process.returncode == 5
    assert len(killed) == 4
    ended = meta(tmp_path / "run")["ended"]
    assert (ended["reason"], ended["exit_status"]) == ("failed", None)
    assert len(load(tmp_path / "run", "stat")) >= ended["health"]["stat"]["records"] - len(killed)
    assert "keeps dying" in ended["message"]
    assert ended["message"] in process.communicate()[1]


def test_a_source_that_fails_is_told_and_recorded(tmp_path):
    (tmp_path / "proc").mkdir()
    file = tmp_path / "proc/loadavg"
    file.write_text("0.10 0.20 0.30 1/100 4711\n")
    process = started("-r", "loadavg=200", "--flush", "50ms", "--root", tmp_path / "proc",
                      "-o", tmp_path / "run")
    until((tmp_path / "run/loadavg.npy").exists)
    for text in ("no numbers here, though as long\n", "0.10 0.20 0.30 1/100 4711\n"):
        count = len(load(tmp_path / "run", "loadavg"))
        file.write_text(text)
        until(lambda: len(load(tmp_path / "run", "loadavg")) > count + 20)  # noqa: B023
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert "proc/loadavg: expected" in process.communicate()[1]
    records, about = load(tmp_path / "run", "loadavg"), adds_up(tmp_path / "run")
    failed = records["status"] != 0
    assert failed.sum() == about["ended"]["health"]["loadavg"]["errors"] > 0
    assert (records["rows"] == ~failed).all()
    assert (records["data"]["total"][~failed] == 100).all()
    assert not failed[[0, -1]].any()
