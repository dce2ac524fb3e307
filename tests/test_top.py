"""`hzstat top` in a real terminal: what it shows, its keys, its sizes, and each way to end it.

What doesn't end it happens in one terminal, which each test leaves as it was.
"""
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal

import hzstat
from hzstat.cpu_source import AUTO, choose
from hzstat.room import memory_left

TOP = [sys.executable, "-m", "hzstat", "top"]
KEYS = "q end  ? help"
NAMES = ["cpu", "mem", "recv", "send", "tasks", "read", "write"]
BRAILLE = re.compile("[\u2801-\u28ff]")


def shown(terminal):
    """Are there pictures?"""
    return KEYS in terminal.text and BRAILLE.search(terminal.text) and "/s  missed" in terminal.text


@pytest.fixture
def fresh():
    with Terminal(TOP) as terminal:
        terminal.until(lambda: shown(terminal))
        yield terminal


@pytest.fixture(scope="module")
def lasting():
    with Terminal(TOP, folder="/proc") as terminal:
        yield terminal


@pytest.fixture
def top(lasting):
    lasting.until(lambda: shown(lasting))
    return lasting


def names(terminal):
    """The lanes that are shown."""
    return re.findall(r"^(cpu[0-9]*|mem|recv|send|tasks|read|write) ", terminal.text,
                      re.MULTILINE)


def test_all_groups_with_their_numbers(top):
    top.until(lambda: not re.search(r"^(cpu|mem) .* -", top.text, re.MULTILINE))
    assert names(top) == NAMES
    cpu = next(line for line in top.lines if line.startswith("cpu"))
    now, average, p99, most = (int(word.rstrip("%")) for word in cpu[3:29].split())
    assert all(0 <= number <= 100 for number in (now, average, p99, most))
    assert average <= most
    assert p99 <= most
    top.until(lambda: re.search(r"usr [0-9]+  sys [0-9]+  wai [0-9]+  stl [0-9]+", top.text))
    assert top.lines[0].split()[:5] == ["hzstat", "now", "avg", "p99", "max│"]
    assert top.lines[0].endswith("now")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < os.cpu_count(), reason="not all CPUs are ours")
def test_busy_cpus_show_as_busy(top):
    cpus = os.cpu_count()
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cpus)]
    try:
        top.until(lambda: re.search(r"^cpu +(9[0-9]|100)%", top.text, re.MULTILINE))
        top.until(lambda: float(re.search(r"^tasks +([0-9.]+)", top.text, re.M)[1]) > cpus - 0.5)
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def test_keys_show_and_hide(top):
    for key, gone in (("c", {"cpu"}), ("m", {"mem"}), ("n", {"recv", "send"}), ("l", {"tasks"}),
                      ("d", {"read", "write"})):
        top.press(key)
        top.until(lambda gone=gone: not gone & set(names(top)))
        top.press(key)
        top.until(lambda gone=gone: gone <= set(names(top)))
    top.press("p")
    cpus = sorted(os.sched_getaffinity(0))
    top.until(lambda: f"cpu{cpus[0]}" in names(top))
    top.press("cmnld")
    top.until(lambda: not names(top))
    assert KEYS in top.text
    top.press("cmnldp")
    top.until(lambda: names(top) == NAMES)


def test_help(top):
    top.press("?")
    top.until(lambda: "freeze what is shown" in top.text and "╭" in top.text)
    top.press("\033[A")         # an arrow is no key here, nor is what is pasted
    top.press("\033[200~qqx\033[201~")
    top.press("x")
    top.until(lambda: "freeze what is shown" not in top.text)


def test_plus_and_minus_change_the_rate_of_the_workers(top):
    rings = hzstat.attach(top.process.pid)

    def period_ns(source):
        record = rings[source].latest()
        whole, rest = divmod(int(record["time_ns"] - record["late_ns"]), int(record["tick"]))
        return None if rest else whole
    assert top.lines[-2].startswith("1000 Hz")
    assert (period_ns("stat"), period_ns("meminfo")) == (1_000_000, 10_000_000)
    for keys, said, periods_ns in (("-", "500 Hz", (2_000_000, 20_000_000)),
                                   ("++", "2000 Hz", (500_000, 5_000_000)),
                                   ("+" * 9, "10000 Hz", (100_000, 1_000_000)),
                                   ("-", "5000 Hz", (200_000, 2_000_000)),
                                   ("-" * 20, "10 Hz", (100_000_000, 100_000_000)),
                                   ("+" * 6, "1000 Hz", (1_000_000, 10_000_000))):
        top.press(keys)
        top.until(lambda said=said: top.lines[-2].startswith(said))
        top.until(lambda wanted=periods_ns: (period_ns("stat"), period_ns("meminfo")) == wanted)
    top.until(lambda: re.match(r"1000 Hz  [1-9][0-9]{1,3}/s", top.lines[-2]))


def test_a_rate_that_was_low_leaves_room_for_a_high_one():
    with Terminal([*TOP, "-r", "5", "-j", "1"]) as top:
        top.until(lambda: shown(top))
        rings = hzstat.attach(top.process.pid)
        assert min(rings[name].ring.slots for name in ("stat", "meminfo")) >= 10_000
        top.press("+" * 9)
        top.until(lambda: re.match(r"5000 Hz  [1-9][0-9]{2,3}/s", top.lines[-2]))
        assert "lost 0 " in top.lines[-2]


def test_many_cpus_have_room_for_ten_seconds_too(tmp_path):
    cpus, most = 48, 10_000
    (tmp_path / "stat").write_text("".join(
        f"cpu{name} 1 2 3 4 5 6 7 8 9 10\n" for name in (" ", *range(cpus))))
    with Terminal([*TOP, "-c", "--root", str(tmp_path)]) as top:
        top.until(lambda: KEYS in top.text)
        ring = hzstat.attach(top.process.pid)["stat"].ring
        assert ring.record_bytes * most > 64 << 20
        assert ring.slots > most or memory_left()[0] < cpus << 25


def test_space_freezes_what_is_shown_and_only_changes_are_sent(top):
    top.press(" ")
    top.until(lambda: "frozen" in top.lines[-1])
    before, top.sent = top.lines[:-2], b""
    top.until(lambda: re.search("frozen [1-9] s ago", top.lines[-1]))
    assert top.lines[:-2] == before
    assert len(top.sent) < 80 * 24      # less than one screen, in five frames
    top.press(" ")
    top.until(lambda: "frozen" not in top.lines[-1])
    top.until(lambda: top.lines[:-2] != before)


def test_sizes(top):
    for columns, lines in ((300, 80), (120, 40), (40, 5), (41, 7)):
        top.resize(columns, lines)
        top.until(lambda size=columns: top.lines[0].endswith("now") and len(top.lines[0]) == size
                  and "Hz" in top.lines[-2] and "q end" in top.lines[-1])
    for columns, lines in ((39, 24), (80, 4), (1, 1), (12, 2)):
        top.resize(columns, lines)
        top.until(lambda size=columns: top.text.startswith("too small"[:size])
                  and "cpu" not in top.text)
    top.resize(80, 24)
    top.until(lambda: shown(top) and names(top) == NAMES)


def test_stopped_and_continued_by_others(top):
    top.process.send_signal(signal.SIGSTOP)
    top.until(lambda: ") T " in Path(f"/proc/{top.process.pid}/stat").read_text())
    top.sent = b""
    top.process.send_signal(signal.SIGCONT)
    top.until(lambda: b"\033[?1049h" in top.sent and b"cpu" in top.sent and shown(top))


def test_a_worker_that_dies_is_told_of_until_a_key(top):
    os.kill(workers(top.process.pid)[0], signal.SIGKILL)
    top.until(lambda: "died (killed by SIGKILL)" in top.lines[-1])
    top.press("x")
    top.until(lambda: shown(top))


def test_w_where_nothing_can_be_written(top):
    top.press("w")
    top.until(lambda: "can't record into hzstat-" in top.lines[-1])
    top.press("x")
    top.until(lambda: shown(top))


@pytest.mark.parametrize(("end", "status"), [
    (lambda top: top.press("\x03"), 130),
    (lambda top: top.press("\x1c"), 131),
    (lambda top: top.process.terminate(), 143),
    (lambda top: top.process.send_signal(signal.SIGHUP), 129)],
    ids=["Ctrl-C", "Ctrl-\\", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_as_before(fresh, end, status):
    assert not fresh.is_as_before()
    end(fresh)
    assert fresh.wait() == status
    assert fresh.is_as_before()
    assert fresh.sent.endswith(b"\033[?1049l")     # and nothing is said


def test_a_signal_that_is_ignored_ends_nothing_and_q_does():
    with Terminal(["sh", "-c", f"trap '' HUP; exec {' '.join(TOP)}"]) as top:
        top.until(lambda: shown(top))
        top.process.send_signal(signal.SIGHUP)
        top.press("?")
        top.until(lambda: "freeze what is shown" in top.text)
        assert not top.is_as_before()
        top.press("q")
        assert top.wait() == 0
        assert top.is_as_before()


def test_the_terminal_is_as_before_a_worker_that_keeps_dying(fresh):
    def kill():
        fresh.look(0.01)
        for pid in workers(fresh.process.pid):
            os.kill(pid, signal.SIGKILL)
        return fresh.process.poll() is not None
    fresh.until(kill)
    assert fresh.wait() == 1
    assert fresh.is_as_before()
    assert "keeps dying" in fresh.text


def workers(pid):
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_nothing_is_left_when_the_terminal_goes(fresh):
    started = workers(fresh.process.pid)
    assert started
    os.close(fresh.slave)
    os.close(fresh.master)
    fresh.slave = fresh.master = -1
    assert fresh.process.wait(20) in (1, 129)
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


def test_a_terminal_that_takes_nothing_more(fresh):
    fresh.press("\x13")               # Ctrl-S
    time.sleep(0.3)
    fresh.process.terminate()
    assert fresh.process.wait(10) == 143
    assert fresh.mode == fresh.before


def test_a_source_that_is_missing_says_why(tmp_path):
    for name in ("stat", "net/dev", "loadavg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(Path("/proc", name).read_bytes())
    with Terminal([*TOP, "--root", str(tmp_path)], 200, 30) as top:
        top.until(lambda: KEYS in top.text)
        top.until(lambda: re.search(r"^memory +│.*meminfo: No such file", top.text, re.MULTILINE))
        assert re.search(r"^disk +│.*diskstats: No such file", top.text, re.MULTILINE)
        top.until(lambda: re.search(r"^recv +0B +0B +0B +0B", top.text, re.MULTILINE))
        assert re.search(r"^cpu +- +- +- +-", top.text, re.MULTILINE)   # it stands still
        top.press("q")
        assert top.wait() == 0


def test_a_terminal_without_utf_8():
    with Terminal(TOP, environment={"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}) as top:
        top.until(lambda: KEYS in top.text and re.search("[.:']{2}", top.text))
        top.press("?")
        top.until(lambda: "+---" in top.text)
        top.press("?q")
        assert top.wait() == 0
        assert top.sent.isascii()


def test_options():
    with Terminal([*TOP, "-np", "--draw", "blocks"], environment={"NO_COLOR": "1"}) as top:
        top.until(lambda: KEYS in top.text and re.search("[▖▗▄▟▙█]{2}", top.text))
        assert names(top) == ["recv", "send"]
        top.press("c")
        top.until(lambda: {"cpu", f"cpu{min(os.sched_getaffinity(0))}"} <= set(names(top)))
        top.press("q")
        assert top.wait() == 0
        assert set(re.findall(rb"\033\[([0-9;]*)m", top.sent)) <= {b"", b"1"}


@pytest.mark.skipif(choose(AUTO)[0] is None, reason="no CPU source is finer than stat here")
def test_bursts_by_a_fine_cpu_source(tmp_path):
    fine = choose(AUTO)[0]
    with Terminal([*TOP, "-cp", "--cpu-source", AUTO], 120, 30, folder=tmp_path) as top:
        top.until(lambda: f"bursts of 5 ms: {fine.name}" in top.text)
        top.until(lambda: re.search(r"^cpu +[0-9]+%", top.text, re.MULTILINE))
        assert {"stat", fine.source} <= set(keep(top, tmp_path))
        top.press("+")
        top.until(lambda: "bursts of 2.5 ms" in top.text)
        top.press("q")
        assert top.wait() == 0


def test_the_cpu_time_of_one_cgroup_is_not_drawn_with_the_machines(tmp_path):
    (tmp_path / "cpu.stat").write_text("usage_usec 5\n")
    (tmp_path / "cgroup.events").write_text("populated 1\n")
    with Terminal([*TOP, "--cpu-source", "cgroup", "--root", str(tmp_path)], 160) as top:
        assert top.wait() == 2
        assert "cgroup/cpu.stat counts this cgroup alone" in top.text


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_dumb_terminal(environment):
    with Terminal(TOP, environment=environment) as top:
        assert top.wait() == 2
        assert "`hzstat` prints rows" in " ".join(top.lines)
        assert b"\033" not in top.sent


def test_no_terminal():
    done = subprocess.run(TOP, capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`hzstat` prints rows" in done.stderr


def keep(top, folder):
    """Press w; the recording that came of it."""
    before = set(folder.iterdir())
    top.press("w")
    fresh = top.until(lambda: set(folder.iterdir()) - before)
    path, = fresh
    assert re.fullmatch("hzstat-[0-9]{8}-[0-9]{6}(-2)?", path.name)
    top.until(lambda: f" s are kept in {path.name} " in top.lines[-1])
    return hzstat.load(path)


def test_w_keeps_the_last_seconds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Terminal(TOP, 120, 24) as top:
        top.until(lambda: re.search(r"^cpu +[0-9]+%", top.text, re.MULTILINE))
        recording = keep(top, tmp_path)
        assert set(recording) == {"stat", "net/dev", "meminfo", "loadavg", "diskstats"}
        assert not recording.problems
        assert (recording["stat"]["data"]["cpu"][:, 0] == -1).all()
        assert recording.period_ns("stat") == 1_000_000
        before_ns = time.time_ns()
        top.press(" ")
        top.until(lambda: "frozen" in top.lines[-1])
        frozen_ns = time.time_ns()
        top.until(lambda: re.search("frozen [1-9] s ago", top.lines[-1]))
        recording = keep(top, tmp_path)
        assert before_ns - 10**9 < recording["stat"]["wall_ns"][-1] <= frozen_ns
        top.press("q")
        assert top.wait() == 0
        for path in tmp_path.iterdir():
            assert f" s are kept in {path.name}" in top.text
