"""`hzstat record -- COMMAND`: real commands, their ends, and signals on both sides."""
import os
import pty
import shutil
import signal
import subprocess
import sys

import pytest
from running import children, command_of
from test_record import HZSTAT, adds_up, load, meta, run, started
from waiting import until

FORWARDED = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "WINCH")


@pytest.mark.parametrize(("command", "status"), [
    (["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "exit 255"], 255),
    (["sh", "-c", "kill -KILL $$"], 137), (["sh", "-c", "kill -SEGV $$"], 139)])
def test_its_exit_status_is_ours(tmp_path, command, status):
    done = run("-o", tmp_path / "run", "--", *command)
    assert done.returncode == status
    about = adds_up(tmp_path / "run")
    assert (about["ended"]["reason"], about["ended"]["exit_status"]) == ("command", status)
    assert about["command"] == command
    assert f"exit status {status}\n" in done.stderr


@pytest.mark.parametrize(("command", "status", "words"), [
    ("no-such-command", 127, "there is no such command"), ("./no/such/file", 127, "No such file"),
    ("./plain", 126, "Permission denied"), ("./folder", 126, "Permission denied"),
    ("./garbage", 126, "Exec format error")])
def test_one_that_cannot_be_run_leaves_no_recording(tmp_path, command, status, words):
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage").write_bytes(b"\x7fnothing that runs")
    (tmp_path / "garbage").chmod(0o755)
    done = run("-o", tmp_path / "run", "--", command, cwd=tmp_path)
    assert done.returncode == status
    assert done.stderr.startswith(f"hzstat: {command} can't be run: {words}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_its_input_and_output_are_its_own(tmp_path):
    done = run("-o", tmp_path / "run", "--", "sh", "-c", "cat; echo to stderr >&2",
               input="through\nand through")
    assert done.stdout == "through\nand through"
    assert done.stderr.startswith("to stderr\n")


SELF = """
import os, signal
print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
      [name for name in os.environ if "OPENBLAS" in name],
      sorted(os.listdir("/proc/self/fd"))[:-1],
      [number for number in range(1, 32) if signal.getsignal(number) == signal.SIG_IGN])
"""


def test_it_is_started_as_it_would_be_without_us(tmp_path):
    plain = [sys.executable, "-c", SELF]
    alone = subprocess.run(plain, capture_output=True, text=True, check=True).stdout
    assert run("-o", tmp_path / "run", "--", *plain).stdout == alone
    # Python ignores two signals by itself; grep shows what we left of them. (The two above 31 are
    # the C library's own, which it ignores in whatever posix_spawn starts.)
    grep = ["grep", "-oE", "Sig(Blk|Ign).*", "/proc/self/status"]
    alone = subprocess.run(grep, capture_output=True, text=True, check=True).stdout
    found = run("-o", tmp_path / "run2", "--", *grep).stdout
    assert low_bits(found) == low_bits(alone)


def low_bits(lines):
    return [(name, int(mask, 16) & 0x7fffffff)
            for name, mask in (line.split(":") for line in lines.splitlines())]


def test_there_are_records_from_before_and_after_it(tmp_path):
    done = run("-r", 200, "-o", tmp_path / "run", "--", "sh", "-c",
               "date +%s%N; sleep 0.1; date +%s%N")
    first, last = map(int, done.stdout.split())
    for source in ("stat", "meminfo", "net__dev", "loadavg"):
        records = load(tmp_path / "run", source)
        assert records["wall_ns"][0] < first
        assert records["wall_ns"][-1] + records["read_ns"][-1] > last


def test_what_it_leaves_in_the_background_does_not_hold_us(tmp_path):
    done = run("-o", tmp_path / "run", "--", "sh", "-c", "sleep 50 & echo $! > pid; exit 3",
               cwd=tmp_path, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
    assert done.returncode == 3
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)        # it is still there


def test_what_it_removes_is_told(tmp_path):
    done = run("-o", tmp_path / "run", "--", "sh", "-c",
               f"until [ -e {tmp_path}/run/loadavg.npy ]; do sleep 0.02; done\n"
               f"rm -r {tmp_path}/run; exit 5")
    assert done.returncode == 5
    assert done.stderr == (f"hzstat: {tmp_path}/run was removed meanwhile: nothing of it is "
                           "there\n")
    assert os.listdir(tmp_path) == []


def test_when_the_time_is_up_it_goes_on(tmp_path):
    done = run("--for", "0.2", "-o", tmp_path / "run", "--", "sh", "-c",
               f"while ! grep -q '\"time\"' {tmp_path}/run/meta.json; do sleep 0.05; done; exit 6")
    assert done.returncode == 6
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "time"


TRAPS = ("".join(f"trap 'echo got {name}' {name}; " for name in FORWARDED)
         + "trap 'exit 9' PIPE; echo ready; while :; do sleep 0.02; done")


def test_signals_are_handed_on_to_it(tmp_path):
    process = started("-o", tmp_path / "run", "--", "sh", "-c", TRAPS)
    assert process.stdout.readline() == "ready\n"
    for name in FORWARDED:
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.stdout.readline() == f"got {name}\n"
    child, = (pid for pid in children(process.pid) if command_of(pid).startswith(b"sh"))
    os.kill(child, signal.SIGPIPE)
    assert process.wait(20) == 9
    process.communicate()
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "command"


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "USR1"])
def test_a_signal_that_ends_it_is_told_as_shells_do(tmp_path, name):
    process = started("-o", tmp_path / "run", "--", "sh", "-c", "echo ready; exec sleep 50")
    assert process.stdout.readline() == "ready\n"
    number = getattr(signal, f"SIG{name}")
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    process.communicate()
    assert adds_up(tmp_path / "run")["ended"]["exit_status"] == 128 + number


def test_an_alarm_that_was_set_before_us_is_handed_on(tmp_path):
    done = run("-o", tmp_path / "run", "--", "sleep", "50",
               preexec_fn=lambda: signal.alarm(2))
    assert done.returncode == 128 + signal.SIGALRM
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "command"


COUNTING = """
import os, signal, sys, time
count = 0
def one(*_):
    global count
    count += 1
    os.write(1, b"got %d\\n" % count)      # print() can't be interrupted by itself
signal.signal(signal.SIGINT, one)
print("ready", flush=True)
sys.stdin.readline()
time.sleep(0.5)         # for one that comes twice
sys.exit(40 + count)
"""


def in_a_terminal(*arguments):
    """Run it with a terminal of its own: (pid, the terminal's other end, a read up to words)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*HZSTAT, *map(str, arguments)])
    said = b""

    def read_up_to(words):
        nonlocal said
        while words not in said:
            try:
                said += os.read(terminal, 1000)
            except OSError:     # it has ended
                pytest.fail(f"{words!r} was never said, but {said!r}")
    return pid, terminal, read_up_to


@pytest.mark.parametrize("leave", ["os.setpgid(0, 0)", "os.setsid()"])
def test_a_ctrl_c_reaches_one_that_left_our_process_group(tmp_path, leave):
    pid, terminal, read_up_to = in_a_terminal(
        "-o", tmp_path / "run", "--", sys.executable, "-c",
        f"import os, time; {leave}; print('ready', flush=True); time.sleep(50)")
    read_up_to(b"ready")
    os.write(terminal, b"\x03")
    read_up_to(b"tells more")
    assert status_of(pid) == 130
    os.close(terminal)


def test_when_the_terminal_goes_the_command_hears_of_it(tmp_path):
    pid, terminal, read_up_to = in_a_terminal("-o", tmp_path / "run", "--", "sh", "-c",
                                              "echo ready; exec sleep 50")
    read_up_to(b"ready")
    os.close(terminal)
    assert status_of(pid) == 129
    assert adds_up(tmp_path / "run")["ended"]["exit_status"] == 129


def status_of(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_ctrl_c_in_a_terminal_reaches_it_once(tmp_path):
    pid, terminal, read_up_to = in_a_terminal("-o", tmp_path / "run", "--", sys.executable, "-c",
                                              COUNTING)
    read_up_to(b"ready")
    for number in (1, 2):
        os.write(terminal, b"\x03")
        read_up_to(f"got {number}".encode())
    os.write(terminal, b"\n")
    read_up_to(b"tells more")      # the summary
    assert status_of(pid) == 42
    os.close(terminal)
    assert meta(tmp_path / "run")["ended"]["exit_status"] == 42


def test_a_ctrl_c_in_a_terminal_ends_a_recording_well(tmp_path):
    pid, terminal, read_up_to = in_a_terminal("-o", tmp_path / "run")
    until((tmp_path / "run/loadavg.npy").exists)
    os.write(terminal, b"\x03")
    read_up_to(b"tells more")
    assert status_of(pid) == 0
    os.close(terminal)
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "interrupted"


def test_a_signal_before_it_starts_is_the_end(tmp_path):
    """The wait for a first record gives it the time to come."""
    process = started("-r", "loadavg=1", "-o", tmp_path / "run", "--", "echo", "started")
    until(lambda: b"record" in command_of(process.pid)
          and children(process.pid))
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)
    if "started" not in said[0]:        # else a tick came at once
        assert process.returncode == 130
        assert not (tmp_path / "run").exists()


def nobody():
    ours, theirs = os.pipe()
    os.close(ours)
    return theirs


@pytest.mark.parametrize("stderr", [nobody, lambda: os.open("/dev/full", os.O_WRONLY)])
def test_what_nobody_hears_of_it_does_not_matter(tmp_path, stderr):
    theirs = stderr()
    done = run("-o", tmp_path / "run", "--", "sh", "-c", "exit 5", stderr=theirs)
    os.close(theirs)
    assert done.returncode == 5
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "command"


def test_who_ignores_the_end_of_children_learns_of_it_all_the_same(tmp_path):
    done = run("-o", tmp_path / "run", "--", "sh", "-c", "exit 7",
               preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert done.returncode == 7
    assert adds_up(tmp_path / "run")["ended"]["exit_status"] == 7


def test_a_term_that_was_ignored_stays_ignored_by_both(tmp_path):
    process = started("-o", tmp_path / "run", "--", "sh", "-c",
                      "echo ready; read line; kill -TERM $$; exit 6", stdin=subprocess.PIPE,
                      preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate("go on\n", timeout=20)
    assert process.returncode == 6
    assert adds_up(tmp_path / "run")["ended"]["reason"] == "command"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="needs root and setpriv")
def test_a_signal_that_may_not_be_handed_on_is_told(tmp_path):
    """To a command of another user, as sudo is."""
    process = subprocess.Popen(
        ["setpriv", "--bounding-set=-kill", "--inh-caps=-kill", *HZSTAT, "-o", tmp_path / "run",
         "--", "setpriv", "--reuid=1", "sh", "-c", "echo ready; read line; exit 6"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stderr.readline() == ("hzstat: SIGTERM can't be handed on to the command: "
                                         "Operation not permitted\n")
    process.communicate("go on\n", timeout=20)
    assert process.returncode == 6
