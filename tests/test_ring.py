"""The ring against a list, and against a writer that never waits for its reader."""
import gc
import multiprocessing
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat._ring import Ring, slots_in

RECORDS = 100_000
WORDS = 32
STRESS = Path(__file__).parent / "stress" / "ring.py"
# From 3.12 on, a fork warns where numpy has started threads; the children here use none.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def drained(ring, cursor, room):
    """drain(), with its records as a list of bytes."""
    size = ring.record_bytes
    buffer = bytearray(b"\xEE" * (room * size + 8))     # and 8 bytes that nobody may touch
    copied, cursor, lost = ring.drain(cursor, memoryview(buffer)[:room * size])
    assert set(buffer[copied * size:]) <= {0xEE}
    return [bytes(buffer[n * size:(n + 1) * size]) for n in range(copied)], cursor, lost


PUTS = st.tuples(st.just("put"), st.integers(0, 3))             # words
DRAINS = st.tuples(st.just("drain"), st.integers(0, 12))        # room


@given(slots=st.integers(2, 6), steps=st.lists(PUTS | PUTS | DRAINS, max_size=60))
def test_a_ring_is_the_end_of_a_list(slots, steps):
    ring, model, cursor = Ring(24, slots), [], 0
    for step, number in steps:
        if step == "put":
            record = (len(model) + 1).to_bytes(8, "little") * number
            ring.put(record)
            model.append(record.ljust(24, b"\0"))
        else:
            # The slot after the newest may be half written at any time: slots - 1 can be had.
            lost = max(0, len(model) - cursor - (slots - 1)) if number else 0
            wanted = model[cursor + lost:][:number]
            before, cursor = cursor, cursor + lost + len(wanted)
            assert drained(ring, before, number) == (wanted, cursor, lost)
        assert ring.head == len(model)
        assert ring.wait(cursor, 0) == (cursor < len(model))


def test_readers_have_cursors_of_their_own():
    ring = Ring(8, 8)
    for n in range(5):
        ring.put(n.to_bytes(8, "little"))
    assert drained(ring, 0, 8) == drained(ring, 0, 8)
    assert drained(ring, 3, 8)[0] == [n.to_bytes(8, "little") for n in (3, 4)]
    assert drained(ring, 5, 8) == drained(ring, 5, 0) == ([], 5, 0)
    assert drained(ring, 99, 8) == ([], 99, 0)      # ahead of the writer: nothing, yet


@pytest.mark.parametrize(("record_bytes", "slots"), [(0, 4), (-8, 4), (12, 4), (8, 1), (8, -1)])
def test_no_ring_of_that_shape(record_bytes, slots):
    with pytest.raises(ValueError, match="a ring has 2 or more slots"):
        Ring(record_bytes, slots)


def test_a_shortage_of_memory_is_an_error_at_the_start():
    # A limit of this process stands in for the shortage: the kernel reserves a memfd page by
    # page, so that one larger than the machine would wake the OOM killer.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(OSError, match="ask for fewer sources"):
            Ring(8, 1 << 18)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [1, 7, 12, 24])
def test_no_record_of_that_size(size):
    ring = Ring(16, 4)
    with pytest.raises(ValueError, match="a record here has at most 16 bytes"):
        ring.put(bytes(size))
    assert ring.head == 0


def test_drain_refuses_what_it_can_not_write():
    ring = Ring(8, 4)
    with pytest.raises(BufferError):
        ring.drain(0, bytes(8))
    with pytest.raises(OverflowError):
        ring.drain(-1, bytearray(8))


def test_wait_ends_when_the_record_comes():
    ring = Ring(8, 4)
    timer = threading.Timer(0.05, ring.put, [bytes(8)])
    timer.start()
    assert ring.wait(0, 60)     # the GIL is released, or the timer would never run
    timer.join()
    assert not ring.wait(1, 0.01)
    assert not ring.wait(1, -1)


def test_a_ring_leaves_no_descriptor():
    gc.collect()
    before = os.listdir("/proc/self/fd")
    for _ in range(10):
        Ring(8, 4).put(bytes(8))
    assert os.listdir("/proc/self/fd") == before


# A writer in another process

def pattern(numbers):
    """Records that show a tear: each word follows from the record's number, and its place."""
    numbers = np.asarray(numbers, np.uint64).reshape(-1, 1)
    return numbers * np.uint64(0x9E3779B97F4A7C15) + np.arange(WORDS, dtype=np.uint64)


def write_all(ring, chunk=1000):
    for first in range(0, RECORDS, chunk):
        records = pattern(range(first, first + chunk))
        for record in records:
            ring.put(record)


def read_all(ring, writer):
    """Read to the last record: how many were read, how many lost. Each must be whole."""
    buffer = np.empty((16, WORDS), np.uint64)
    read = lost = cursor = 0
    while cursor < RECORDS:
        while not ring.wait(cursor, 60):    # a late bell for the record before may wake it, too
            assert writer.is_alive() or ring.head > cursor, f"the writer stopped at {ring.head}"
        first = cursor
        copied, cursor, gone = ring.drain(cursor, buffer)
        numbers = buffer[:copied, 0] * np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
        assert (buffer[:copied] == pattern(numbers)).all()
        assert (np.diff(numbers.astype(np.int64)) > 0).all()
        assert ((first <= numbers) & (numbers < cursor)).all()
        assert cursor - first == copied + gone
        read += copied
        lost += gone
    return read, lost


@pytest.mark.parametrize("slots", [2, 3, 64, RECORDS + 1])
def test_a_writer_at_full_speed_never_shows_half_a_record(slots):
    ring = Ring(8 * WORDS, slots)
    writer = multiprocessing.get_context("fork").Process(target=write_all, args=[ring])
    writer.start()
    read, lost = read_all(ring, writer)
    writer.join()
    assert writer.exitcode == 0
    assert read + lost == RECORDS == ring.head
    if slots > RECORDS:
        assert lost == 0


def answer(questions, answers):
    assert questions.wait(0, 60)
    (record,), _, _ = drained(questions, 0, 1)
    answers.put(record[::-1])


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_has_the_very_same_memory(method):
    questions, answers = Ring(16, 4), Ring(16, 8)
    child = multiprocessing.get_context(method).Process(target=answer, args=[questions, answers])
    child.start()
    questions.put(b"0123456789abcdef")
    assert answers.wait(0, 60)
    child.join()
    assert child.exitcode == 0
    assert drained(answers, 0, 9) == ([b"fedcba9876543210"], 1, 0)


@pytest.mark.parametrize(("record_bytes", "slots"), [(0, 4), (12, 4), (8, 1), (2**62 - 16, 4)])
def test_a_ring_of_no_size_is_refused(record_bytes, slots):
    with pytest.raises(ValueError, match="a ring has"):
        Ring(record_bytes, slots)


def test_an_endless_wait_is_no_short_one():
    """inf seconds don't fit a deadline in ns, and must not come out as one that has passed."""
    ring = Ring(8, 4)
    threading.Timer(0.2, ring.put, (bytes(8),)).start()
    assert ring.wait(0, float("inf"))


def test_the_end_of_a_ring_wakes_who_waits_for_it():
    ring = Ring(8, 4)
    stranger = Ring.at(os.dup(ring.fd))
    waiters = [threading.Thread(target=reader.wait, args=[0, 60]) for reader in (ring, stranger)]
    for waiter in waiters:
        waiter.start()
    assert not ring.ended
    ring.end()
    for waiter in waiters:
        waiter.join(10)
        assert not waiter.is_alive()
    assert ring.ended
    assert stranger.ended
    assert not stranger.wait(0, 60)


def test_a_ring_tells_what_it_was_told():
    for about in (b"", b"a\0b", bytes(range(256)) * 40):
        ring = Ring(8, 4, about=about)
        for n in range(5):
            ring.put(n.to_bytes(8, "little"))
        stranger = Ring.at(os.dup(ring.fd))
        assert ring.about() == stranger.about() == about
        assert drained(stranger, 0, 9) == drained(ring, 0, 9)
        assert (stranger.record_bytes, stranger.slots) == (8, 4)
        assert slots_in(ring.size, 8, len(about)) == 4
        assert slots_in(ring.size - 1, 8, len(about)) == 3
    with pytest.raises(ValueError, match="too many"):
        Ring(8, 4, about=bytes((1 << 24) + 1))


def reads_only(ring, answers):
    answers.put(bytes([ring.writable]) * 8)


def test_what_is_read_only_is_so_in_a_child():
    answers = Ring(8, 4)
    child = multiprocessing.get_context("spawn").Process(
        target=reads_only, args=[Ring.at(os.dup(answers.fd)), answers])
    child.start()
    child.join()
    assert child.exitcode == 0
    assert drained(answers, 0, 9)[0] == [bytes(8)]


# At full speed: the short form of `make stress`

def stress(*options):
    return subprocess.run([sys.executable, STRESS, "--records", "2e6", *options],
                          capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("slots", [2, 3, 1024])
def test_no_record_is_torn_at_full_speed(slots):
    done = stress("--slots", str(slots))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("none torn, none uncounted\n")


@pytest.mark.parametrize("part", ["check", "mark"])
def test_that_would_find_a_part_missing(part):
    for _ in range(20):         # a reader has to be overtaken at the right moment
        done = stress("--slots", "2", "--words", "64", "--broken", part)
        assert done.stderr == ""
        if done.returncode == 1:
            break
    assert "records were torn" in done.stdout


# -- drain_short ---------------------------------------------------------------------------


@given(sizes=st.lists(st.integers(1, 5), max_size=12), each=st.integers(1, 5),
       room=st.integers(0, 12))
def test_short_drains_stop_at_a_record_that_needs_more(sizes, each, room):
    ring = Ring(40, 16)
    for number, words in enumerate(sizes):
        ring.put(number.to_bytes(8, "little") * words)
    fits = next((n for n, words in enumerate(sizes) if words > each), len(sizes))
    count = min(fits, room)
    needs = 8 * sizes[fits] if count == fits < min(len(sizes), room) else 0
    buffer = bytearray(b"\xaa" * (8 * each * room))
    assert ring.drain_short(0, buffer, 8 * each) == (count, count, 0, needs)
    wanted = b"".join((n.to_bytes(8, "little") * sizes[n]).ljust(8 * each, b"\0")
                      for n in range(count))
    assert buffer == wanted + b"\xaa" * (len(buffer) - len(wanted))


@pytest.mark.parametrize("each", [0, -8, 12])
def test_short_drains_are_of_whole_words(each):
    with pytest.raises(ValueError, match="8-byte words"):
        Ring(40, 4).drain_short(0, bytearray(80), each)
