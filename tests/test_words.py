"""Shared words: what one process sets, another one reads and waits for."""
import multiprocessing
import os
import signal
import threading
import time

import pytest

from hzstat._words import Words

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
LARGE = (1 << 64) - 1


def answer(words):
    """Raise the second word to whatever the first is raised to."""
    seen = 0
    while seen < 100:
        seen = words.wait(0, seen, 10)
        words.ring(1, seen)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_to_and_fro(method):
    words = Words(2)
    process = multiprocessing.get_context(method).Process(target=answer, args=(words,))
    process.start()
    for number in range(1, 101):
        words.ring(0, number)
        until = time.monotonic() + 20
        while words.wait(1, number - 1, 1) < number:
            assert time.monotonic() < until
    process.join(10)
    assert process.exitcode == 0


def test_they_are_apart():
    words = Words(3)
    assert [words.load(number) for number in range(3)] == [0, 0, 0]
    words.store(1, LARGE)
    assert [words.load(number) for number in range(3)] == [0, LARGE, 0]
    assert words.wait(1, 0, 10) == LARGE        # no wait, since it is another already
    for number in (-1, 3):
        with pytest.raises(IndexError, match="there are 3 words"):
            words.load(number)
    with pytest.raises(OverflowError):
        words.store(0, -1)


def test_a_wait_ends():
    words = Words(1)
    began = time.monotonic()
    assert words.wait(0, 0, 0.05) == 0
    assert time.monotonic() - began >= 0.05
    assert words.wait(0, 0, -1) == 0


def test_a_signal_ends_a_wait():
    words, heard = Words(1), []
    before = signal.signal(signal.SIGUSR1, lambda *_: heard.append(True))
    try:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        until = time.monotonic() + 20
        while not heard and time.monotonic() < until:
            words.wait(0, 0, 10)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() < until - 5
