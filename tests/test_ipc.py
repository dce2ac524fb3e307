"""`hzstat bench ipc`: every transport moves what it says, and nothing of it stays behind."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hzstat import _transfer
from hzstat._ring import Ring
from hzstat.bench import ipc, pairs, promises
from hzstat.bench.forks import FORK
from hzstat.bench.frame import Column, Table
from hzstat.bench.transports import TRANSPORTS, missing
from hzstat.errors import HzstatError

TOOL = Path(sys.executable).with_name("hzstat")
HERE = [name for name in TRANSPORTS if not missing(name)]
RECORDS = 500
# From 3.12 on, a fork warns where numpy has started threads; the children here use none.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def record_of(tick, size):
    return tick.to_bytes(8, "little", signed=True) * (size // 8)


def send_counted(transport, pace):
    for tick in [*range(1, RECORDS + 1), pairs.END]:
        transport.send(bytearray(record_of(tick, transport.size)))
        time.sleep(pace)
    transport.flush()


def receive_whole(transport, pace):
    """The ticks that came; each record must be its tick, over and over."""
    ticks = []
    while ticks[-1:] != [pairs.END]:
        records = bytes(transport.receive())
        if not records:
            transport.rest()
        for at in range(0, len(records), transport.size):
            record = records[at:at + transport.size]
            assert record == record[:8] * (transport.size // 8)
            ticks.append(int.from_bytes(record[:8], "little", signed=True))
    return ticks


@pytest.mark.parametrize("size", [8, 64, 4096])
@pytest.mark.parametrize("name", HERE)
def test_records_arrive_whole_and_in_order(name, size):
    transport = TRANSPORTS[name](size)
    try:
        with pairs.pair(transport, send_counted, receive_whole, 0) as children:
            _, ticks = pairs.together(name, 1, children)
    finally:
        transport.close()
    assert ticks.pop() == pairs.END
    assert ticks == sorted(set(ticks))
    if transport.sort in ("queue", "mailbox"):
        assert ticks == list(range(1, RECORDS + 1))
    else:       # the newest wins: what did come had been sent
        assert set(ticks) <= set(range(1, RECORDS + 1))
        if transport.sort == "ring":    # of so many records it has room for all
            assert len(ticks) >= min(RECORDS, transport.ring.slots - 1)


@pytest.mark.parametrize("name", HERE)
def test_what_was_moved_is_counted(name):
    fast, slow = pairs.move(name, 64, 0.02), pairs.move(name, 64, 0.05, 1000)
    for run in (fast, slow):
        assert 0 < run.received <= run.sent
        assert run.astray == 0
        assert min(run.seconds, run.send_cpu_ns, run.receive_cpu_ns) > 0
        assert (run.other_cpu_ns is None) != name.startswith("Manager")
    assert slow.sent == 50
    assert len(slow.late_ns) == slow.received
    assert (slow.late_ns > 0).all()
    assert len(fast.late_ns) == 0
    if TRANSPORTS[name](64).sort == "queue":
        assert (fast.received, slow.received) == (fast.sent, slow.sent)


@pytest.mark.parametrize("name", ipc.WITH_TRIPS)
def test_there_and_back(name):
    took = pairs.round_trips(name, 64, 0.05)
    assert len(took) > 1
    assert (took > 0).all()


def test_the_ring_counts_what_is_lost():
    ring = Ring(64, 4)
    sent = _transfer.send(ring, 0.01)
    received, lost, astray = _transfer.receive(ring, True, bytearray())
    assert (received + lost, astray) == (sent, 0)
    assert received == 2        # of three: the last one says that it is the end
    assert lost > 0


def test_the_ring_at_a_rate():
    ring, late = Ring(64, 64), np.zeros(3, np.int64)
    assert _transfer.send(ring, 0.01, 1000) == 10
    assert _transfer.receive(ring, False, late) == (10, 0, 0)
    assert (late > 0).all()


def test_the_ring_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="room for a tick and a time"):
        _transfer.send(Ring(8, 4), 0.01, 1000)
    ring = Ring(64, 4)
    with pytest.raises(ValueError, match="a ring to write to"):
        _transfer.send(Ring.at(os.dup(ring.fd)), 0.01)


def fail(transport, *how):
    os._exit(1)


def test_a_side_that_ends_is_told():
    transport = TRANSPORTS["Pipe"](64)
    with (pytest.raises(HzstatError, match="one of its processes ended"),
          pairs.pair(transport, fail, pairs.receive, 0.1, 0) as children):
        pairs.together("Pipe", 0.1, children)
    assert children_of_ours() == []


# Kills

@pytest.mark.parametrize(("name", "sender", "receiver"), [
    ("Pipe", "BrokenPipeError", "EOFError"), ("ring", "goes on", "waits for a new one"),
    ("Manager.list", "goes on", "waits for a new one")])
def test_what_a_kill_does(name, sender, receiver):
    table = promises.promises([name], 64, 2, lambda doing, weight: None)
    told = table.texts[name]
    assert told["order"] == "yes"
    assert told["receiver_killed"] == sender
    assert told["sender_killed"] == receiver
    assert children_of_ours() == []


def send_holding_the_lock(transport, marks):
    transport.send(bytearray(record_of(1, transport.size)))
    marks[promises.SENT] = 1
    while not marks[promises.RECEIVED]:
        time.sleep(0.001)
    transport.lock.acquire()
    time.sleep(60)


def test_a_lock_that_is_left_held_is_seen(monkeypatch):
    """Strike inside the lock for sure, and see that this is told apart from mere waiting."""
    monkeypatch.setattr(promises, "send_on", send_holding_the_lock)
    trials = promises.kills("Array", 64, 1)
    assert promises.summary([one for one in trials if one.victim == promises.SENDER]) \
        == promises.STUCK


def test_what_was_seen_is_summed_up():
    def trial(words, never=0, torn=0, replaced=True):
        return promises.Trial(None, promises.SENDER, [], None, words, never, torn, replaced)
    some = [trial("goes on"), trial("goes on", 7), trial(promises.WAITS, 3, 1, False)]
    assert promises.summary(some[:1]) == "goes on"
    assert promises.summary(some) == ("goes on (2 of 3), stuck for good (1 of 3), "
                                      "up to 7 records never come, 1 records torn")


# The command

def bench(*arguments):
    return subprocess.run([TOOL, "bench", "ipc", *arguments], capture_output=True, text=True,
                          timeout=120)


def test_the_tables_of_a_run(tmp_path):
    path = tmp_path / "bars.svg"
    done = bench("--transports", "ring-cython,ring,Pipe,faster-fifo", "--rounds", "1", "--seconds",
                 "0.02", "--json", "--plot", str(path))
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 5000
    found = {table["name"]: table for table in json.loads(done.stdout)["tables"]}
    assert list(found) == ["full speed", "latency", "round trips", "sizes", "volume", "promises"]
    speed = found["full speed"]
    assert {*speed["rows"], *speed["skipped"]} == {"ring-cython", "ring", "Pipe", "faster-fifo"}
    assert speed["rows"]["Pipe"]["ratio"]["median"] == 1
    assert speed["rows"]["Pipe"]["lost_percent"]["high"] == 0
    for name in ipc.OURS:
        times = speed["rows"][name]["ratio"]["median"]
        assert any(line.startswith(f"{name}: {times:.1f} (") for line in speed["findings"])
        assert any(line.startswith(f"{name}: p99 is ") for line in found["latency"]["findings"])
    assert list(found["round trips"]["rows"]) == ["ring", "Pipe"]
    for size in ipc.SIZES:
        for name, figures in found["volume"]["rows"].items():
            khz = found["sizes"]["rows"][name][f"khz_{size}"]["median"]
            assert figures[f"mb_{size}"]["median"] == pytest.approx(khz * size / 1e3)
    assert found["promises"]["texts"]["Pipe"]["sender_killed"] == "EOFError"
    assert "ring-cython" not in found["promises"]["texts"]


@pytest.mark.parametrize(("arguments", "words"), [
    (["--record", "12"], "a multiple of 8 from 8 to 65536"), (["--record", "0"], "a multiple of 8"),
    (["--record", "65544"], "a multiple of 8"),
    (["--transports", "ring,nope"], "give some of ring"),
    (["--transports", "Pipe,Pipe"], "each once"), (["--seconds", "0"], "seconds from"),
    (["--rounds", "0"], "whole number from 1 on")])
def test_misuse_is_told_before_anything_is_run(arguments, words):
    done = bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_texts_stand_in_the_table():
    table = Table("t", "title", "way", (Column("a", "A"), Column("b", "B")), "",
                  texts={"one": {"a": "yes"}, "two": {"b": "a longer one"}})
    assert list(table.lines()) == ["title", "  way  A    B", "  one  yes  -",
                                   "  two  -    a longer one"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_whoever_ends_the_command_ends_its_processes(number, status):
    process = subprocess.Popen([TOOL, "bench", "ipc", "--transports", "Queue,Pipe", "--seconds",
                                "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
    time.sleep(1.5)
    process.send_signal(number)
    process.communicate(timeout=20)         # which waits for all who have these pipes
    assert process.returncode == status
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("seconds", [0.7, 1.3, 2.1])
def test_ctrl_c_leaves_nothing_behind(seconds):
    process = subprocess.Popen([TOOL, "bench", "ipc", "--transports", "Manager.list,ring,Queue",
                                "--seconds", "0.2"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.fixture(autouse=True)
def others():
    """multiprocessing's servers, which earlier tests have left."""
    OTHERS.clear()
    OTHERS.update(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


OTHERS = set()


def children_of_ours():
    assert FORK.active_children() == []
    there = set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
    return sorted(there - OTHERS)
