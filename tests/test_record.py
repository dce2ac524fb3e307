"""`hzstat record`: what is in the files, around which commands, and how it ends."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import running
from waiting import until

HZSTAT = [*running.HZSTAT, "record"]
FOUR = ("stat", "meminfo", "net__dev", "loadavg")
run = partial(running.run, "record")


def started(*arguments, **options):
    return subprocess.Popen([*HZSTAT, *map(str, arguments)], text=True,
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options)


def meta(path):
    return json.loads((path / "meta.json").read_text())


def load(path, name):
    return np.load(path / f"{name}.npy", mmap_mode="r")


def adds_up(path):
    """Is all that was taken in the files, in order, and told at the end?"""
    about = meta(path)
    for source, one in about["sources"].items():
        records = load(path, one["file"].removesuffix(".npy"))
        health = about["ended"]["health"][source]
        assert len(records) == health["records"] - health["lost"]
        steps = np.diff(records["tick"])
        assert (steps > 0).all()
        assert (steps - 1).sum() <= health["missed"] + health["lost"]
        assert (records["time_ns"] - records["late_ns"]
                == records["tick"] * one["period_ns"]).all()
        assert len(records) < 2 or records["rows"].max() <= records["data"].shape[1] \
            or health["cut"]
    return about


# -- for a time ----------------------------------------------------------------------------


def test_for_a_time(tmp_path):
    done = run("-r", 200, "--for", "500ms", "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    about = adds_up(tmp_path / "run")
    assert about["ended"]["reason"] == "time"
    assert about["ended"]["exit_status"] is None
    assert tuple(about["sources"]) == ("stat", "meminfo", "net/dev", "loadavg")
    assert (about["ended"]["ended_ns"] - about["started_ns"]) / 1e9 >= 0.5
    assert sorted(os.listdir(tmp_path / "run")) == sorted(
        ["meta.json", *(f"{name}.npy" for name in FOUR)])
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()} == {0o600}
    total = int(Path("/proc/meminfo").read_text().split()[1])
    assert (load(tmp_path / "run", "meminfo")["data"]["MemTotal"] == total).all()
    head, *table = done.stderr.splitlines()
    assert re.fullmatch(rf"{tmp_path}/run: [0-9.]+ s recorded; its time was up", head)
    for name, line in zip(about["sources"], table[1:], strict=False):
        health = about["ended"]["health"][name]
        assert line.split()[:6] == [name, "200", *(str(health[count]) for count in (
            "records", "missed", "lost", "errors"))]


def test_other_sources_each_at_its_rate(tmp_path):
    assert run("-r", "uptime=200,vmstat=50", "--for", "0.3", "-o", tmp_path / "run",
               "-j1").returncode == 0
    about = adds_up(tmp_path / "run")
    assert {name: one["period_ns"] for name, one in about["sources"].items()} == {
        "uptime": 5_000_000, "vmstat": 20_000_000}
    assert len(about["ended"]["workers"]) == 1


def test_one_of_the_usual_at_another_rate(tmp_path):
    assert run("-r", "50,stat=200", "--for", "0.2", "-o", tmp_path / "run").returncode == 0
    assert {one["rate_hz"] for one in meta(tmp_path / "run")["sources"].values()} == {50, 200}


def test_sources_sampled_so_rarely_that_none_came(tmp_path):
    assert run("-r", "0.001,stat=100", "--for", "0.2", "-o", tmp_path / "run").returncode == 0
    adds_up(tmp_path / "run")
    assert sum(len(load(tmp_path / "run", name)) for name in FOUR[1:]) <= 3
    assert len(load(tmp_path / "run", "stat"))


def test_a_name_of_its_own_each(tmp_path):
    """Also of many at once."""
    processes = [started("--for", "0.05", cwd=tmp_path) for _ in range(5)]
    assert [process.communicate(timeout=60) and process.returncode for process in processes] \
        == [0] * 5
    names = os.listdir(tmp_path)
    assert len(names) == 5
    assert all(name.startswith("hzstat-2") for name in names)


@pytest.mark.parametrize(("sent", "status", "reason"), [
    (signal.SIGINT, 0, "interrupted"), (signal.SIGTERM, 143, "terminated"),
    (signal.SIGHUP, 129, "terminated")])
def test_until_a_signal(tmp_path, sent, status, reason):
    process = started("-o", tmp_path / "run")
    until((tmp_path / "run/loadavg.npy").exists)
    process.send_signal(sent)
    assert process.wait(20) == status
    assert adds_up(tmp_path / "run")["ended"]["reason"] == reason
    process.communicate()


def test_a_signal_that_its_workers_get_too_is_the_end(tmp_path):
    """As timeout(1) sends it, to the whole process group."""
    process = started("-o", tmp_path / "run", start_new_session=True)
    until((tmp_path / "run/loadavg.npy").exists)
    os.killpg(process.pid, signal.SIGTERM)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 143
    assert said.startswith(f"{tmp_path}/run: ")     # and not with a worker that was started again
    assert meta(tmp_path / "run")["ended"]["reason"] == "terminated"


def test_a_signal_that_was_ignored_stays_ignored(tmp_path):
    process = started("-o", tmp_path / "run", "--for", "1",
                      preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until((tmp_path / "run/loadavg.npy").exists)
    process.send_signal(signal.SIGHUP)
    assert process.wait(20) == 0
    assert meta(tmp_path / "run")["ended"]["reason"] == "time"
    process.communicate()


def test_it_is_read_while_it_grows(tmp_path):
    process = started("-r", 1000, "--flush", "50ms", "-o", tmp_path / "run")
    until((tmp_path / "run/loadavg.npy").exists)
    lengths = []
    while len(set(lengths)) < 6:
        records = np.load(tmp_path / "run/stat.npy", mmap_mode="r")
        lengths.append(len(records))
        assert (np.diff(records["tick"]) > 0).all()
        assert (records["rows"] > 0).all()
        assert meta(tmp_path / "run")["ended"] is None
        time.sleep(0.02)
    assert lengths == sorted(lengths)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    adds_up(tmp_path / "run")


# -- where it may not write ----------------------------------------------------------------


def test_nothing_is_overwritten_without_force(tmp_path):
    assert run("--for", "0.1", "-o", tmp_path / "run").returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    done = run("--for", "0.1", "-o", tmp_path / "run")
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    assert run("-r", "uptime=100", "--for", "0.1", "-o", tmp_path / "run", "--force"
               ).returncode == 0
    assert sorted(os.listdir(tmp_path / "run")) == ["meta.json", "uptime.npy"]


def test_what_fails_to_start_leaves_the_recording_that_was_there(tmp_path):
    assert run("--for", "0.1", "-o", tmp_path / "run").returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    assert run("-o", tmp_path / "run", "--force", "--", "no-such-command").returncode == 127
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}


@pytest.mark.parametrize(("arguments", "words"), [
    (["-r", "nosuch=5"], "no source 'nosuch'"), (["-r", "PID/stat=5"], "file of one process"),
    (["-r", "0"], "samples a second"), (["-r", "stat=5,stat=6"], "twice"),
    (["--for", "0"], "5m"), (["--for", "5d"], "5m"), (["--flush", "0"], "500ms"),
    (["make"], "put -- before"), (["--"], "no command"), (["--", ""], "no command"),
    (["--pin", "4711"], "4711"),
    (["--until-eof", "--", "true"], "stdin")])
def test_misuse_is_told_in_one_line(tmp_path, arguments, words):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_empty_is_none(tmp_path):
    done = run("-o", "", cwd=tmp_path)
    assert done.returncode == 1
    assert "can't record into" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
def test_the_directory_of_another_user_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", 1, 1)
    done = subprocess.run(["setpriv", "--bounding-set=-fowner", "--inh-caps=-fowner", *HZSTAT,
                           "-o", tmp_path / "run"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "can't be made private: Operation not permitted" in done.stderr
    assert os.listdir(tmp_path / "run") == []


def full(path, done, status):
    """It stopped with one clear message, and what is there is a recording."""
    assert done.returncode == status, done.stderr
    messages = [line for line in done.stderr.splitlines() if line.startswith("hzstat: ")]
    assert len(messages) == 1
    assert "what was recorded before is there" in messages[0]
    about = meta(path)
    assert about["ended"]["reason"] == "full"
    for one in about["sources"].values():
        records = load(path, one["file"].removesuffix(".npy"))
        assert len(records)
        assert (records["tick"] > 0).all()
        assert (np.diff(records["tick"]) > 0).all()
    return about


# Files of one row each, however many CPUs there are.
FAST = ("-r", "meminfo=2000,loadavg=2000", "--flush", "50ms", "--ring-seconds", 0.2)


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))     # of the rings, too


def test_at_a_limit_of_file_sizes_it_keeps_what_is_there(tmp_path):
    done = run(*FAST, "-o", tmp_path / "run", preexec_fn=limited)
    full(tmp_path / "run", done, 1)


def test_at_a_limit_the_command_goes_on(tmp_path):
    done = run(*FAST, "-o", tmp_path / "run", "--", "sh", "-c",
               f"while ! grep -q '\"full\"' {tmp_path}/run/meta.json; do sleep 0.05; done; exit 5",
               preexec_fn=limited)
    assert full(tmp_path / "run", done, 5)["ended"]["exit_status"] is None


@pytest.fixture
def tiny(tmp_path):
    """A file system of 400 kB."""
    (tmp_path / "tiny").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", tmp_path / "tiny"],
                             capture_output=True, text=True) if shutil.which("mount") else None
    if not mounted or mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted: {mounted.stderr if mounted else 'no mount'}")
    yield tmp_path / "tiny"
    subprocess.run(["umount", tmp_path / "tiny"], check=True)


def test_on_a_full_disk_it_keeps_what_is_there(tiny):
    done = run(*FAST, "-o", tiny / "run")
    full(tiny / "run", done, 1)


def test_on_a_disk_that_is_full_at_once_nothing_is_left(tiny):
    (tiny / "filler").write_bytes(bytes(350_000))
    done = run("-r", 1000, "-o", tiny / "run", "--", "sh", "-c", "sleep 0.3; exit 5")
    assert done.returncode == 5
    assert "can't record into" in done.stderr
    assert os.listdir(tiny) == ["filler"]
