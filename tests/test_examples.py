"""The examples: each is run as a reader would, and what it prints is checked."""
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
# As `python FILE` does, by another start method.
BY_METHOD = """
import multiprocessing, runpy, sys
_, method, path, *rest = sys.argv
if __name__ == "__main__":
    multiprocessing.set_start_method(method)
    sys.argv = [path, *rest]
    sys.path.insert(0, path.rpartition("/")[0])
    runpy.run_path(path, run_name="__main__")
"""

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples/ is not here")


@pytest.fixture(params=["fork", "spawn"])
def example(request):
    """Run an example; what it printed."""
    def run(name, *arguments):
        done = subprocess.run(
            [sys.executable, "-c", BY_METHOD, request.param, EXAMPLES / name,
             *map(str, arguments)], text=True, capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout
    return run


def test_every_example_is_run_here_and_listed():
    names = {path.name for path in EXAMPLES.glob("*.py")}
    ours = Path(__file__).read_text()
    table = (EXAMPLES / "README.md").read_text()
    for name in names - {"burst.py"}:       # which goes on for ever: docs/plots.py runs it
        assert f'example("{name}"' in ours
    assert set(re.findall(r"\((\w+\.py)\)", table)) == names


def test_count_threads_processes(example):
    shown = example("count_threads_processes.py", 200_000).splitlines()
    steps = [int(line.split(" steps")[0].split()[-1].replace(",", "")) for line in shown]
    assert steps == [200_000, 200_000, 200_000, 20_000_000]
    assert all(re.search(r" \d+\.\d\d s$", line) for line in shown)


def test_manager_list_dict(example):
    numbers, without, locked = example("manager_list_dict.py", 3).splitlines()
    assert numbers == "the list: [0, 1, 4]"
    assert 0 < int(without.split()[4]) <= 600
    assert locked == "counted with a lock: 600 of 600"


def test_shared_array(example):
    first, last, right = example("shared_array.py", 1001).splitlines()
    assert first == "the first: 0.000 1.000 1.414 1.732 2.000"
    assert last == "the last: 31.623"
    assert right == "all are right: True"


def test_move_by_queue(example):
    *consumers, together = example("move_by_queue.py", 2000).splitlines()
    counts, sums = zip(*(map(int, re.findall(r"\d+", line)[1:]) for line in consumers), strict=True)
    assert len(consumers) == 3
    assert sum(counts) == 2000
    assert sum(sums) == 2000 * 2001 // 2
    assert together == f"together: 2000 numbers, sum {sum(sums)}"


def test_pipe_greeting(example):
    dots, child, parent = example("pipe_greeting.py", 1).splitlines()
    counted = re.fullmatch(r"(\.*) \(one moment, please\) (\.+)", dots)
    assert counted      # no dot within the words
    assert child == f"child: 'hello' after {sum(map(len, counted.groups()))} dots"
    assert parent == "parent: 'good day to you'"        # and no dot came after the greeting


def test_status_line(example):
    shown = example("status_line.py", 3, 0.1).splitlines()
    assert len(shown) == 3
    total = int(re.search(r"MemTotal: *(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    for line in shown:
        found = re.fullmatch(r"C: *([\d.]+)% D: *([\d.]+)MB U: *([\d.]+)MB "
                             r"M: *([\d.]+)/ *([\d.]+)GB L: *([\d.]+)", line)
        cpu, _, _, used, all_, _ = map(float, found.groups())
        assert 0 <= cpu <= 100
        assert 0 < used < all_ == round(total, 1)


def acquired(text, events):
    """The share of dead time, and why it ended, of a run that processed all that it took."""
    *shown, total, end = text.splitlines()
    found = re.fullmatch(r"(\d+) events of (\d+) taken in ([\d.]+) s: mean ([\d.]+), std ([\d.]+)",
                         total)
    processed, taken, seconds, mean, std = map(float, found.groups())
    assert processed == taken
    assert processed == events or (events is None and seconds < 2)
    assert len(shown) == processed // 10
    values = [float(re.fullmatch(r"\S+ \d\d:\d\d:\d\d: ([\d.]+)", line)[1]) for line in shown]
    assert all(6 < value < 14 for value in values)
    assert abs(mean - 10) < 6 * 0.6 / processed**0.5
    assert 0.3 < std < 1
    dead, reason = re.fullmatch(r"dead time ([\d.]+)%; ended by: (\w+)", end).groups()
    return float(dead) / 100, reason


def test_acquisition_one_loop(example):
    dead_time, reason = acquired(example("acquisition_one_loop.py", 30), 30)
    assert reason == "events"
    assert dead_time > 0.4          # 20 ms of each 22 to 28


def test_acquisition_split(example):
    dead_time, reason = acquired(example("acquisition_split.py", 50), 50)
    assert reason == "events"
    assert dead_time < 0.4


def test_acquisition_until_its_time_is_up(example):
    _, reason = acquired(example("acquisition_split.py", 10**6, 0.5), None)
    assert reason == "timeout"
