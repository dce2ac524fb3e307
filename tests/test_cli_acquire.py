"""`hzstat acquire`, as it is called."""
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from faults.checks import marked
from waiting import until

from hzstat.acquisition.producers import Delayed, named
from hzstat.cli_acquire import a_delay_range
from hzstat.formats.acquired import BARS, coarser

TOOL = [sys.executable, "-m", "hzstat", "acquire"]
VALUE = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d: (-?\d+\.\d\d)")      # {0:%x %X}: {1:.2f}
BAR = re.compile(r" *(-?[\d.e+-]+) \|#* ?(\d*)")
DETECTOR = """\
import time
def read():
    for number in range(25):
        time.sleep(0.001)
        yield number, number / 4
class Clicks:
    number = 0
    def __call__(self):
        self.number += 1
        return float(self.number)
class Tube:
    def __init__(self):
        1 / 0
def broken():
    raise OSError("no detector")
not_one = 5
"""


def ran(*arguments, folder=None, **options):
    return subprocess.run([*TOOL, *arguments], text=True, capture_output=True, timeout=60,
                          cwd=folder, **options)


def told(stdout):
    """(values, figures by name, counts of the bars)."""
    lines = stdout.splitlines()
    values = [float(found[1]) for line in lines if (found := VALUE.fullmatch(line))]
    figures = dict(line.split(maxsplit=1) for line in lines
                   if line[0].islower() and " " in line)
    counts = [int(found[2] or 0) for line in lines if (found := BAR.fullmatch(line))]
    return values, figures, counts


@pytest.fixture
def detector(tmp_path):
    (tmp_path / "detector.py").write_text(DETECTOR)
    return tmp_path


@pytest.mark.parametrize("how", [[], ["--single-loop"], ["--on-full", "wait"]])
def test_each_tenth_value_and_the_statistics(how):
    done = ran("--producer", "normal:10,0.6", "--seed", "7", "--events", "105", "--timeout", "30",
               "--every", "10", *how)
    expected = np.random.default_rng(7).normal(10, 0.6, 105)
    values, figures, counts = told(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert values == [float(f"{value:.2f}") for value in expected[9::10]]
    assert figures["total"] == "105"
    for name in ("mean", "std", "min", "max"):
        assert figures[name] == f"{getattr(expected, name)():.6g}"
    assert sum(counts) == 105
    assert len(counts) <= BARS
    assert figures["dead"].startswith("time ")
    assert figures["reason"] == "events: as many as were asked for"


@pytest.mark.parametrize(("name", "mean"), [("uniform:2,4", 3), ("exponential:5", 5),
                                            ("poisson:4", 4)])
def test_distributions(name, mean):
    done = ran("--producer", name, "--seed", "1", "--events", "4000", "--every", "1000")
    assert float(told(done.stdout)[1]["mean"]) == pytest.approx(mean, rel=0.1)


def test_dead_time_is_lost_in_one_loop_alone():
    how = ["--delay-ms", "1-5", "--slow-processing", "30ms", "--timeout", "0.8"]
    split, one = (told(ran(*how, *more).stdout)[1] for more in ([], ["--single-loop"]))
    assert float(split["dead"].split()[1]) < 50 < float(one["dead"].split()[1])
    assert int(split["total"]) > 2 * int(one["total"])
    assert split["reason"] == one["reason"] == "timeout: the time was up"


@pytest.mark.parametrize(("producer", "most"), [("normal:1e9,0.5", 14), ("counter", 3)])
def test_numbers_have_the_digits_that_tell_them_apart(producer, most):
    done = ran("--producer", producer, "--events", "500", "--seed", "3")
    edges = re.findall(r"^ +(\S+) \|", done.stdout, re.MULTILINE)
    assert len(set(edges)) == len(edges) > 10
    assert max(map(len, edges)) <= most
    figures = {name: float(told(done.stdout)[1][name]) for name in ("mean", "std", "min", "max")}
    expected = (np.random.default_rng(3).normal(1e9, 0.5, 500) if producer != "counter"
                else np.arange(500))
    for name, value in figures.items():
        assert value == pytest.approx(getattr(expected, name)(), rel=0, abs=1e-3)


def test_delays_have_nothing_to_do_with_the_values():
    """Random numbers of one seed would be the same for both."""
    values, times = [], []
    for value in Delayed(named("uniform:0,1", seed=5), (0, 0.002), seed=5)():
        values.append(value)
        times.append(time.monotonic())
        if len(values) == 200:
            break
    assert np.corrcoef(values[1:], np.diff(times))[0, 1] < 0.5


def test_delays_take_their_time():
    done = ran("--events", "10", "--delay-ms", "20-30")
    assert float(re.search(r"of ([\d.]+) s", done.stdout)[1]) >= 0.2


def test_a_producer_of_ones_own(detector):
    done = ran("--producer", "detector:read", "--every", "5", folder=detector)
    _, figures, counts = told(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r": (\d+, \d\.\d\d)\n", done.stdout) == [
        f"{number}, {number / 4:.2f}" for number in range(4, 25, 5)]
    assert figures["total"] == "25"
    assert figures["reason"] == "ended: the producer had no more"
    assert done.stdout.index("f0:\n") < done.stdout.index("f1:\n")
    assert sum(counts) == 50
    done = ran("--producer", "detector:Clicks", "--events", "3", "--every", "1", folder=detector)
    assert told(done.stdout)[0] == [1, 2, 3]


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["--producer", "detector:broken"], 1, "OSError: no detector (detector.py, line 15)"),
    (["--producer", "detector:broken", "--single-loop"], 1, "OSError: no detector"),
    (["--producer", "detector:none"], 1, "no producer detector:none: "),
    (["--producer", "no_such:read"], 1, "No module named 'no_such'"),
    (["--producer", "detector:not_one"], 1, "neither a callable nor an iterable"),
    (["--producer", "detector:Tube"], 1, "can't be made: ZeroDivisionError: "),
    (["--producer", "off:read"], 1, "off can't be imported: ValueError: not connected (off.py"),
    (["--producer", ".detector:read"], 2, "--producer '.detector': give normal:"),
    (["--producer", "uniform:nan,1"], 2, "--producer 'uniform:nan,1': "),
    (["--plot", "nowhere/picture.png"], 1, "its folder isn't there"),
    (["--root", "link.root", "--force"], 1, "link.root is a symlink"),
    (["--producer", "normal:10"], 2, "give normal:MEAN,STD"),
    (["--producer", "normal:10,-1"], 2, "--producer"),
    (["--producer", "sine"], 2, "or MODULE:FUNCTION"),
    (["--delay-ms", "9-3"], 2, "the shorter time first"),
    (["--slow-processing", "fast"], 2, "no length of time"),
    (["--events", "0"], 2, "a whole number from 1 on"),
    (["--single-loop", "--on-full", "wait"], 2, "of no use"),
    (["--single-loop", "--drain", "5"], 2, "of no use"),
    (["--plot", "picture.txt"], 1, "ends with .png"),
    (["--root", "data.txt"], 1, "ends with .root"),
    (["--plot", "detector.png"], 1, "--force"),
])
def test_what_is_wrong_is_told_in_one_line(arguments, status, words, detector):
    (detector / "off.py").write_text("raise ValueError('not connected')")
    (detector / "detector.png").write_text("mine")
    (detector / "link.root").symlink_to(detector / "detector.png")
    done = ran(*arguments, folder=detector)
    assert done.returncode == status
    assert done.stderr.startswith("hzstat: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert (detector / "detector.png").read_text() == "mine"


def test_a_picture_and_a_root_file(tmp_path):
    uproot = pytest.importorskip("uproot")
    (tmp_path / "h.root").write_text("old")
    done = ran("--producer", "poisson:4", "--events", "500", "--every", "100", "--seed", "2",
               "--plot", "p.png", "--root", "h.root", "--force", folder=tmp_path)
    assert done.stderr == ""
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    values = np.random.default_rng(2).poisson(4, 500)
    with uproot.open(tmp_path / "h.root") as file:
        counts, edges = file["value"].to_numpy()
    assert (counts == np.histogram(values, edges)[0]).all()
    assert counts.sum() == 500
    assert sorted(os.listdir(tmp_path)) == ["h.root", "p.png"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm(number, status):
    """To the whole group, as a terminal does."""
    mark = f"HZSTAT_TEST=acquire-{os.getpid()}-{number}"
    with subprocess.Popen([*TOOL, "--delay-ms", "1", "--every", "1"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                          env=os.environ | dict([mark.split("=")])) as process:
        for _ in range(5):
            assert VALUE.fullmatch(process.stdout.readline().rstrip())
        os.killpg(process.pid, number)
        stdout, stderr = process.stdout.read(), process.stderr.read()
    assert (process.returncode, stderr) == (status, "")
    if number == signal.SIGINT:
        values, figures, counts = told(stdout)
        assert figures["reason"] == "interrupted: it was told to stop"
        assert int(figures["total"]) == len(values) + 5 == sum(counts)
    assert until(lambda: not marked(mark))


def test_nothing_is_left_of_a_command_that_is_killed():
    mark = f"HZSTAT_TEST=acquire-{os.getpid()}-kill"
    with subprocess.Popen([*TOOL, "--delay-ms", "100000"], env=os.environ | dict(
            [mark.split("=")]), stderr=subprocess.PIPE) as process:
        until(lambda: len(marked(mark)) == 3)
        time.sleep(0.05)
        process.kill()
        process.wait()
        assert until(lambda: not marked(mark))
        assert process.stderr.read() == b""


def test_where_the_death_of_children_is_ignored():
    """As some launchers leave it to what they start."""
    done = ran("--events", "5",
               preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_has_seen_enough():
    done = subprocess.run(f"{' '.join(TOOL)} --producer counter | head -n 2; "
                          'echo "${PIPESTATUS[0]}"', shell=True, executable="/bin/bash", text=True,
                          capture_output=True, timeout=60)
    assert done.stdout.endswith("19\n141\n")
    assert done.stderr == ""


def test_delays():
    assert (a_delay_range("10-150"), a_delay_range("50")) == ((0.01, 0.15), (0.05, 0.05))


def test_coarser_bins_are_the_same_counts():
    counts, edges = np.arange(1, 41), np.arange(-3.0, 38)
    fewer, borders = coarser(counts, edges, 12)
    assert len(fewer) <= 12
    assert len(borders) == len(fewer) + 1
    values = np.repeat(edges[:-1], counts)
    assert (fewer == np.histogram(values, borders)[0]).all()
    assert fewer.sum() == counts.sum()
    assert (borders % 4 == 0).all()
