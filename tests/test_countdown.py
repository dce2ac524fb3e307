"""The countdown really counts, in every mode, and stops when it is told to."""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from waiting import until

import hzstat
from hzstat import _countdown
from hzstat.bench import counting, modes
from hzstat.bench.counting import countdown
from hzstat.bench.jobs import Board, part

HERE = [mode for mode in modes.MODES if not modes.missing(mode)]
# Of a process with threads fork warns from 3.12 on; the pool of processes has one.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.mark.parametrize("mode", HERE)
@pytest.mark.parametrize(("n", "jobs"), [(1, 1), (1, 3), (300_001, 3), (20_000_000, 2)])
def test_every_part_is_counted_to_its_end(mode, n, jobs):
    found = countdown(n, jobs, mode)
    assert found.jobs["left"].tolist() == len(found.jobs) * [0]
    assert int(found.jobs["counted"].sum()) == n
    assert len(found.jobs) == (1 if mode in modes.ALONE else min(jobs, n))
    assert (found.jobs["start_ns"] >= found.launched_ns).all()
    assert (found.jobs["end_ns"] >= found.jobs["start_ns"]).all()
    assert (found.jobs["cpu_ns"] > 0).all()
    assert found.rss_mb > 0.1
    assert found.rate_hz > 0
    assert found.start_seconds > 0


def test_the_public_name():
    assert hzstat.bench.countdown(1000).jobs["counted"].sum() == 1000
    assert hzstat.bench.countdown is countdown


def test_parts_make_up_the_whole():
    for n in (1, 7, 10**18 + 1, 2**63 - 1):
        for jobs in (1, 2, 3, 1000):
            parts = [part(n, jobs, job) for job in range(jobs)]
            assert sum(parts) == n
            assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize(("n", "jobs", "mode", "words"), [
    (0, 1, "nogil", "not 0"), (-1, 1, "nogil", "not -1"), (2**63, 1, "nogil", "2\\^63 - 1, not"),
    (1, 0, "nogil", "1 to 1024 jobs, not 0"), (1, 9999, "nogil", "1 to 1024 jobs"),
    (1, 1, "x", "no mode 'x': there are serial, threads")])
def test_what_can_not_be_counted(n, jobs, mode, words):
    with pytest.raises(ValueError, match=words):
        countdown(n, jobs, mode)


def test_a_mode_that_is_not_here_says_why():
    for mode in set(modes.MODES) - set(HERE):
        with pytest.raises(RuntimeError, match=f"{mode} can't be had here: "):
            countdown(1, 1, mode)


def test_one_decrement_an_iteration():
    """The loop of the compiled module: it subtracts 1, and jumps back."""
    if not shutil.which("objdump"):
        pytest.skip("no objdump")
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", _countdown.__file__],
                          capture_output=True, text=True, check=True).stdout
    loop = re.search(r"^\s*([0-9a-f]+):\s+(?:sub\s+\$0x1,|subq?\s+\$1,|dec\s+|add\s+\$0xf+,"
                     r"|subs?\s+\w+, \w+, #(?:0x)?1).*\n(?:.*(?:test|cmp|nop|cbnz).*\n){0,2}"
                     r".*\b(?:jne|jnz|b\.ne|cbnz)\s+.*?\1\b", text, re.M)
    assert loop, "no loop that counts by one"


def test_time_grows_with_n():
    """Ten times n takes ten times the time: nothing was optimised away."""
    stop = bytearray(1)

    def ns(n):
        _, _, cpu, left = _countdown.count(n, stop)
        assert left == 0
        return cpu
    tries = [ns(200_000_000) / ns(20_000_000) for _ in range(7)]
    assert 9 <= float(np.median(tries)) <= 11


def test_a_decrement_takes_about_a_cycle():
    """Beside a chain of additions, each of which takes one; in the same moment. (Two, where
    somebody else has the other half of a core that can take one jump a cycle.)"""
    if _countdown.cycle_ns(1000) is None:
        pytest.skip("no chain of additions for this machine")
    ratios = []
    for _ in range(9):
        _, _, cpu, _ = _countdown.count(50_000_000, bytearray(1))
        ratios.append(cpu / 50_000_000 / _countdown.cycle_ns(50_000_000))
    assert 0.8 < float(np.median(ratios)) < 2.5


@pytest.mark.parametrize("n", [1, 2**24 - 1, 2**24, 2**24 + 1])
def test_the_loop_in_chunks(n):
    assert _countdown.count(n, bytearray(1))[3] == 0


def test_it_stops_when_the_first_byte_says_so():
    assert _countdown.count(10**15, bytearray(b"\\1"))[3] == 10**15
    board = Board(1)
    thread = threading.Thread(target=modes.count_nogil, args=(board, 0, 10**15))
    thread.start()
    board.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()


STOPPED = """
import os, signal, sys, threading, time
from hzstat.bench.counting import countdown
from hzstat.bench import modes
mode = sys.argv[1]
struck = [0.0]
def strike():
    time.sleep(0.5)
    struck[0] = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=strike).start()
try:
    countdown(10**13, 2, mode)
except KeyboardInterrupt:
    print(time.monotonic() - struck[0])
"""


@pytest.mark.parametrize("mode", HERE)
def test_ctrl_c_stops_every_mode(mode):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", STOPPED, mode], timeout=60,
                          capture_output=True, text=True)
    assert done.stderr == ""
    assert 0 < float(done.stdout) < 5       # how soon it really is, `hzstat bench` can't promise


def test_ctrl_c_at_the_terminal_strikes_all_of_them():
    """As the terminal does, the whole process group is interrupted."""
    tool = Path(sys.executable).with_name("hzstat")
    process = subprocess.Popen([tool, "bench", "countdown", "-n", "1e15", "--full", "--modes",
                                "processes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("mode", [mode for mode in ("nogil-processes", "pool", "c-threads")
                                  if mode in HERE])
def test_nothing_counts_on_when_the_bench_is_ended(mode, sent):
    tool = Path(sys.executable).with_name("hzstat")
    process = subprocess.Popen([tool, "bench", "countdown", "-n", "1e16", "--full", "--modes",
                                mode], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until(lambda: len(children.read_text().split()) >= (1 if mode == "c-threads" else 4))
    time.sleep(0.3)
    process.send_signal(sent)
    process.communicate(timeout=20)
    assert process.returncode == (143 if sent == signal.SIGTERM else -signal.SIGKILL)

    until(lambda: not living_in(process.pid))


def living_in(group):
    """Processes of that group, but for those that are dead and that nobody has asked after yet."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue            # it has just gone
        if int(of) == group and state not in "ZX":
            found.append(stat)
    return found


def test_a_number_that_is_too_small_to_measure_is_told():
    def said(n):
        table = counting.measure(n, 1, ["serial", "nogil"], 1, False, lambda mode, weight: None)
        return [line for line in table.findings if "too short" in line]
    assert said(1000) == ["too short to measure: serial, nogil took less than 50 ms; give a larger "
                          "-n"]
    assert said(10**9) == []


def test_findings_are_made_of_the_figures():
    table = counting.measure(3_000_000, 2, [mode for mode in HERE if mode != "pool"], 2, False,
                             lambda mode, weight: None)
    assert list(table.rows) == [mode for mode in HERE if mode != "pool"]
    serial = table.rows["serial"]
    assert serial["speed_up"]["median"] == 1
    for mode, figures in table.rows.items():
        times = figures["speed_up"]["median"]
        if mode != "serial":
            assert any(line.startswith(f"{mode}: {times:.2f} x serial") for line in table.findings)
    assert any(" of the rate of c" in line for line in table.findings) == ("c" in HERE)


def test_all_of_n_by_all():
    steps = []
    table = counting.measure(200_000, 2, ["serial", "nogil"], 1, True,
                             lambda mode, weight: steps.append((mode, weight)))
    assert "plain Python" not in table.title
    assert [mode for mode, _ in steps] == ["serial", "nogil"]
    assert steps[0][1] > steps[1][1] == 200_000
