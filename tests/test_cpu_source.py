"""Which CPU source is taken, what is said of it, and what it shows of a real spinner."""
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import hzstat
from hzstat import windows
from hzstat.bench.cpu import spin
from hzstat.bench.forks import FORK, apart
from hzstat.busy import busy
from hzstat.cpu_source import CGROUP_2, SOURCES, choose, coarse_note, reason_against

FIXTURES = Path(__file__).parent / "fixtures"
MACHINE = FIXTURES / "linux-6.18-two-cpus"
CGROUP, SCHEDSTAT, CPUIDLE = SOURCES
TOOL = Path(sys.executable).with_name("hzstat")
HERE = [one for one in SOURCES if reason_against(one) is None]


@pytest.fixture
def root(tmp_path):
    """A host whose only CPU source is stat."""
    for name in ("stat", "meminfo", "net/dev", "loadavg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(MACHINE / "proc" / name, tmp_path / name)
    return tmp_path


def give(root, *names):
    """Let the host have these, too."""
    if "schedstat" in names:
        shutil.copy(MACHINE / "proc/schedstat", root)
    if "cpuidle" in names:
        shutil.copytree(MACHINE / "cpu", root, dirs_exist_ok=True)
    if "cgroup" in names:
        shutil.copy(MACHINE / "cgroup" / "root" / "cpuacct.usage_percpu", root)
        (root / "release_agent").touch()
    return root


# Which one

@pytest.mark.parametrize(("here", "best"), [
    (["cgroup", "schedstat", "cpuidle"], CGROUP), (["schedstat", "cpuidle"], SCHEDSTAT),
    (["cpuidle"], CPUIDLE)])
def test_auto_takes_the_best_that_is_here(root, here, best):
    assert choose("auto", give(root, *here)) == (best, None)


def test_auto_without_any_is_stat_and_says_so(root):
    source, note = choose("auto", root)
    assert source is None
    assert "stat it is, and max is the busiest 50 ms" in note
    assert note.count("No such file or directory") == 3


@pytest.mark.parametrize("name", ["cgroup", "schedstat", "cpuidle"])
def test_a_named_one_is_taken_or_the_error_names_what_is_here(root, name):
    give(root, "cpuidle" if name == "schedstat" else "schedstat")
    with pytest.raises(hzstat.SourceUnavailable, match=f"--cpu-source {name} can't be had: there "
                       f"are auto, stat, {'cpuidle' if name == 'schedstat' else 'schedstat'}$"):
        choose(name, root)
    assert choose(name, give(root, name))[0].name == name
    assert choose("stat", root) == (None, None)


def test_a_cgroup_that_is_not_the_machine_is_no_choice_of_autos(root):
    give(root, "cgroup")
    (root / "release_agent").unlink()           # which the root cgroup alone has
    source, note = choose("auto", root)
    assert source is None
    assert "counts this cgroup alone, not the machine" in note


def test_version_2_is_taken_by_name_where_it_is_no_root(root):
    (root / "cpu.stat").write_text("usage_usec 5\nuser_usec 3\nsystem_usec 2\n")
    with pytest.raises(hzstat.SourceUnavailable, match="made of stat's ticks, and no finer"):
        choose("cgroup", root)
    (root / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    source, note = choose("cgroup", root)
    assert source is CGROUP_2
    assert "counts this cgroup alone" in note
    assert choose("auto", root)[0] is None


def test_schedstat_in_jiffies_is_none(tmp_path):
    shutil.copy(FIXTURES / "linux-2.6.24-schedstat-14/proc/schedstat", tmp_path)
    assert "jiffies" in reason_against(SCHEDSTAT, tmp_path)


@pytest.mark.parametrize(("fine", "delay", "rate", "said", "not_said"), [
    (None, 1, 100, [], []), (None, 0.05, 1000, [], []),
    (None, 0.01, 1000, ["0.01 s is less than 5 of stat's steps", "over 50 ms", "0.05 or more",
                        "--cpu-source auto"], []),
    (CGROUP, 1, 1000, [], []), (CGROUP, 0.01, 1000, ["max is the busiest 5 ms"], ["--cpu-source"]),
    (CGROUP, 1, 100, ["at -r 100", "no finer than stat's", "give -r 1000"], ["less than"]),
    (CGROUP, 0.02, 50, ["0.02 s is less", "0.05 or more", "give -r 1000"], ["--cpu-source"])])
def test_what_can_not_be_shown_is_said(fine, delay, rate, said, not_said):
    note = coarse_note(fine, delay, rate) or ""
    assert bool(note) is bool(said)
    assert all(words in note for words in said)
    assert not any(words in note for words in not_said)


# On the command line

def rows(*arguments):
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_a_note_is_said_once(root):
    done = rows("--root", root, "-c", "0.01", "5")
    assert done.returncode == 0
    assert done.stderr.startswith("hzstat: 0.01 s is less than 5 of stat's steps")
    assert done.stderr.count("\n") == 1
    done = rows("--root", root, "-c", "--cpu-source", "auto", "0.1", "2")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "stat it is" in done.stderr
    done = rows("--root", root, "-c", "-r", "2000", "0.1", "2")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "stat's ticks don't come 2000 times a second" in done.stderr


def test_one_that_is_not_here_is_an_error(root):
    done = rows("--root", root, "--cpu-source", "schedstat", "0.1", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("--cpu-source schedstat can't be had: there are auto, stat\n")
    assert rows("--cpu-source", "nope", "0.1", "1").returncode == 2


@pytest.mark.skipif(not HERE, reason="no CPU source finer than stat here")
@pytest.mark.parametrize("name", ["auto", *(one.name for one in HERE)])
def test_rows_with_a_finer_one(name):
    done = rows("-c", "-C", "0,total", "-r", "1000", "--cpu-source", name, "0.3", "3")
    assert (done.returncode, done.stderr) == (0, "")
    for line in done.stdout.splitlines()[2:]:
        for group in line.split("|"):
            assert len(group.split()) == 6
            assert 0 <= int(group.split()[-1]) <= 100


@pytest.mark.skipif(not HERE or len(os.sched_getaffinity(0)) < 2,
                    reason="no CPU source finer than stat here, or no second CPU")
@pytest.mark.parametrize("name", [one.name for one in HERE])
def test_a_burst_that_stats_window_hides(name):
    """Busy for 8 ms, five times a second."""
    cpu, other = sorted(os.sched_getaffinity(0))[:2]
    start = time.monotonic_ns()
    process = FORK.Process(target=spin, args=(cpu, 0.04, 200_000_000, start, start + 3 * 10**9))
    process.start()
    done = rows("-c", "-C", cpu, "-r", "1000", "--pin", other, "--cpu-source", name, "0.5", "3")
    process.kill()
    process.join()
    shown = [int(line.split()[-1]) for line in done.stdout.splitlines()[2:]]
    assert max(shown) >= 80             # of 50 ms these are 16 %


# What it shows of a real one

def lowest_cpu():
    return min(os.sched_getaffinity(0))


@pytest.mark.skipif(not HERE, reason="no CPU source finer than stat here")
@pytest.mark.parametrize("duty", [0.3, 1.0])
def test_a_spinner_is_seen_by_each(duty):
    """Others may keep its CPU busy, too: stat sees these as well as the finer sources do."""
    cpu = lowest_cpu()
    with hzstat.Sampler({"stat": 1000, **{one.source: 1000 for one in HERE}}, jobs=1,
                        context=FORK) as sampler:
        start = time.monotonic_ns() + 50_000_000
        spent, _ = apart(lambda: spin(cpu, duty, 7_000_000, start, start + 10**9))
        time.sleep(0.1)
        records = {name: sampler[name].drain() for name in sampler}
        offset_ns = sampler.board.now_ns() - time.monotonic_ns()
    times, ticks = windows.cpu_rows(records["stat"], cpu)
    least = (spent[:, 1] - spent[:, 0]).sum() / 1e9
    checked = []
    for one in HERE:
        found = busy(one, records[one.source], np.array([cpu]))
        until = min(found.known_until, offset_ns + start + 10**9)
        first, last = np.searchsorted(found.times, (offset_ns + start, until))
        if found.times[last] - found.times[first] < 0.5e9:
            continue            # nothing changed: what is booked by changes alone can't tell
        share = ((found.busy_ns[last] - found.busy_ns[first])
                 / (found.times[last] - found.times[first]))
        a, b = np.searchsorted(times, found.times[[first, last]])
        grown = windows.shares.growth(ticks[a:a + 1], ticks[b:b + 1])
        by_stat = windows.shares.column(grown, "cpu")[0] / windows.shares.total(grown)[0]
        assert share >= least - 0.15, one
        assert share == pytest.approx(by_stat, abs=0.2), one
        checked.append(one)
    assert CGROUP in checked or CGROUP not in HERE
