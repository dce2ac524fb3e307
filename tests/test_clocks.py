"""What is said of a sleep, and of a clock that is set, and what the records show of it."""
import os
import subprocess
import sys
import textwrap
import time

import pytest

from hzstat import Sampler
from hzstat.clocks import Clocks


def test_nothing_is_said_while_nothing_happens():
    clocks = Clocks()
    for _ in range(1000):
        assert list(clocks.look()) == []


def test_both_clocks_of_a_record_are_one_instant():
    with Sampler({"loadavg": 200}) as sampler:
        before = time.time_ns()
        record = sampler["loadavg"].latest()
        after = time.time_ns()
    assert abs(int(record["wall_ns"]) - int(record["time_ns"])) < 10_000_000    # nobody set it
    assert before - 60_000_000_000 < record["wall_ns"] < after


# A sleep can't be had in a test, but a time namespace whose CLOCK_BOOTTIME is an hour ahead can:
# whoever enters it finds what one finds who has slept. Only a process with one thread may enter.
SLEPT = """
    import ctypes, os, sys
    from multiprocessing import get_context
    from hzstat.sampler import Sampler

    told = []
    with Sampler({"loadavg": 100}, context=get_context("fork"), report=told.append) as sampler:
        sampler.check()
        assert told == [], told
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x80):          # CLONE_NEWTIME
            sys.exit(77)
        with open("/proc/self/timens_offsets", "w") as offsets:
            offsets.write("boottime 3600 0")
        namespace = os.open("/proc/self/ns/time_for_children", os.O_RDONLY)
        if libc.setns(namespace, 0x80):
            sys.exit(77)
        sampler.check()
        sampler.check()
    print(*told, sep="\\n")
"""


def test_a_sleep_is_told_once():
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(SLEPT)], capture_output=True,
                          text=True, timeout=60, env=os.environ, check=False)
    if done.returncode == 77:
        pytest.skip("no right to a time namespace")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the machine slept for 3600.0 s") == 1
