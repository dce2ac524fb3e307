"""A source of many files: one text of all of them, whichever of them are there."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from texts import records

import hzstat


@pytest.fixture
def tree(tmp_path):
    """Twelve CPUs of two idle states each; CPU n was idle for n us in each."""
    for cpu in range(12):
        for state in range(2):
            put(tmp_path, cpu, state, cpu)
    (tmp_path / "cpuidle").mkdir()
    (tmp_path / "online").write_text("0-11\n")
    return tmp_path


def put(root, cpu, state, time_us):
    file = root / f"cpu{cpu}/cpuidle/state{state}/time"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{time_us}\n")


def row(cpu, idle_us=None, states=2):
    return {"cpu": cpu, "idle_us": 2 * cpu if idle_us is None else idle_us, "states": states}


def test_it_is_the_text_that_grep_gives(tree):
    reader = hzstat.Reader("cpuidle", tree)
    lines = reader.text_now().splitlines()
    assert lines[:3] == [b"cpu0/cpuidle/state0/time:0", b"cpu0/cpuidle/state1/time:0",
                         b"cpu1/cpuidle/state0/time:1"]
    assert lines[-1] == b"cpu11/cpuidle/state1/time:11"
    assert reader.path == f"{tree}/cpu[0-9]*/cpuidle/state[0-9]*/time"


def test_cpus_come_in_the_order_of_their_numbers(tree):
    assert records(hzstat.read("cpuidle", tree)) == [row(cpu) for cpu in range(12)]


def test_a_cpu_that_goes_has_no_row_and_is_read_again_when_it_is_back(tree):
    reader = hzstat.Reader("cpuidle", tree)
    before = reader.read()
    for state in range(2):
        (tree / f"cpu3/cpuidle/state{state}/time").unlink()
    reader.close()                      # a real one's fd fails; a file's stays readable
    assert records(reader.read()) == [row(cpu) for cpu in range(12) if cpu != 3]
    gone = hzstat.rates(before, reader.read(), seconds=1)
    assert 3 not in gone["cpu"].tolist()
    put(tree, 3, 0, 1)
    put(tree, 3, 1, 1)
    assert records(reader.read())[3] == row(3, 2)


def test_half_a_cpu_says_so(tree):
    reader = hzstat.Reader("cpuidle", tree)
    (tree / "cpu5/cpuidle/state1/time").unlink()
    reader.close()
    assert records(reader.read())[5] == row(5, 5, states=1)


def test_an_empty_file_is_none(tree):
    (tree / "cpu0/cpuidle/state0/time").write_text("")
    assert records(hzstat.read("cpuidle", tree))[0] == row(0, states=1)


def test_none_at_all_is_unavailable(tmp_path):
    with pytest.raises(hzstat.SourceUnavailable, match="No such file") as caught:
        hzstat.read("cpuidle", tmp_path)
    assert caught.value.path.startswith(str(tmp_path))


def test_a_file_that_may_not_be_read_is_no_cpu_that_is_away(tree):
    (tree / "cpu7/cpuidle/state0/time").unlink()
    (tree / "cpu7/cpuidle/state0/time").symlink_to("time")          # ELOOP, also for root
    with pytest.raises(hzstat.SourceUnavailable, match="symbolic links"):
        hzstat.read("cpuidle", tree)


def test_a_line_too_long_is_broken(tree):
    (tree / "cpu1/cpuidle/state0/time").write_text(200 * "1" + "\n")
    with pytest.raises(hzstat.ParseError, match="below 2\\^64"):
        hzstat.read("cpuidle", tree)


def test_more_text_than_a_buffer_holds_at_first(tmp_path):
    for cpu in range(300):
        for state in range(3):
            put(tmp_path, cpu, state, 10**11 + cpu)
    reader = hzstat.Reader("cpuidle", tmp_path)
    assert len(reader.text_now()) > 16384
    assert reader.read()["idle_us"].tolist() == [3 * (10**11 + cpu) for cpu in range(300)]


def test_no_descriptor_is_left_open(tree):
    before = len(os.listdir("/proc/self/fd"))
    reader = hzstat.Reader("cpuidle", tree)
    assert len(os.listdir("/proc/self/fd")) == before + 24
    reader.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert len(reader.read()) == 12     # opens them again
    del reader
    assert len(os.listdir("/proc/self/fd")) == before


FEW_FILES = """\
import os, resource, sys
import hzstat
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
before = len(os.listdir("/proc/self/fd"))
reader = hzstat.Reader("cpuidle", sys.argv[1])
for _ in range(3):
    print(len(reader.read()), len(os.listdir("/proc/self/fd")) - before)
"""


def test_more_files_than_may_be_open(tree):
    for cpu in range(12, 60):
        put(tree, cpu, 0, cpu)
    done = subprocess.run([sys.executable, "-c", FEW_FILES, tree], capture_output=True, text=True,
                          timeout=60)
    assert (done.stdout, done.stderr) == (3 * "60 20\n", "")


def test_a_worker_samples_them(tree):
    with hzstat.Sampler({"cpuidle": 200}, root=tree) as sampler:
        record = sampler["cpuidle"].latest()
    assert record["data"]["idle_us"][:record["rows"]].tolist() == [2 * cpu for cpu in range(12)]


def test_live_idle_time_is_what_the_files_say():
    root = Path("/sys/devices/system/cpu")
    files = sorted(root.glob("cpu0/cpuidle/state*/time"))
    if not files:
        pytest.skip("no cpuidle here")

    def plain():
        return sum(int(file.read_text()) for file in files)
    before, ours, after = plain(), hzstat.read("cpuidle"), plain()
    assert before <= ours["idle_us"][0] <= after
    assert ours["states"][0] == len(files)


def test_live_usage_is_what_the_file_says():
    root = hzstat.describe("cgroup/cpuacct.usage_percpu").path
    if not Path(root).exists():
        pytest.skip("no cpuacct here")

    def plain():
        return list(map(int, Path(root).read_text().split()))
    before, ours, after = plain(), hzstat.read("cgroup/cpuacct.usage_percpu"), plain()
    assert ours["cpu"].tolist() == list(range(len(before)))
    for less, own, more in zip(before, ours["usage_ns"].tolist(), after, strict=True):
        assert less <= own <= more
