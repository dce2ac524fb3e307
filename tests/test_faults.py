"""The kills, really done: of workers, of callers, of all at once."""
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from waiting import until

import hzstat

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

HZSTAT = [sys.executable, "-m", "hzstat"]
WORKER = "hzstat worker"
METHODS = ("fork", "spawn", "forkserver")


def alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(processes):
    """Wait until none of them is left: a worker looks round for its caller 4 times a second."""
    until(lambda: not any(map(alive, processes)), 3.0)


def family(pid):
    """A process and all its descendants."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def pid_of(sampler, name):
    return next(pid for pid, names in sampler.pids().items() if name in names)


def kill_worker(sampler):
    """Kill the worker for loadavg, and wait until it is dead."""
    victim = psutil.Process(pid_of(sampler, "loadavg"))
    victim.kill()
    until(lambda: not alive(victim))


def whole_story(sampler, name):
    """The ticks of a stopped sampler, after a check that every one was taken or counted."""
    view, of = sampler[name], sampler.health()[name]
    ticks = np.concatenate(list(view.follow()))["tick"]
    gaps = int(np.sum(np.diff(ticks) - 1))
    assert view.lost == 0
    assert (np.diff(ticks) > 0).all()
    assert len(ticks) == of.records <= of.planned
    assert of.records + of.missed == of.planned
    before = of.missed - gaps       # ahead of the first record
    assert before >= 0
    assert of.planned == ticks[-1] - ticks[0] + 1 + before
    return ticks


# -- workers -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_killed_worker_is_started_again_and_its_gap_counted(method):
    reports = []
    context = multiprocessing.get_context(method)
    with hzstat.Sampler({"stat": 200, "loadavg": 200}, jobs=2, report=reports.append,
                        context=context) as sampler:
        sampler["stat"].latest(10.0)
        sampler["loadavg"].latest(10.0)
        time.sleep(0.1)
        killed, other = pid_of(sampler, "stat"), pid_of(sampler, "loadavg")
        os.kill(killed, signal.SIGKILL)
        time.sleep(0.1)
        until(lambda: sampler.check() or reports, 1.0)
        head = sampler["stat"].ring.head
        until(lambda: sampler["stat"].ring.head > head + 10)
        assert pid_of(sampler, "stat") != killed
        assert pid_of(sampler, "loadavg") == other
    assert len(reports) == 1, reports
    assert "worker for stat died (killed by SIGKILL) and was started again" in reports[0]
    assert np.diff(whole_story(sampler, "stat")).max() > 15
    whole_story(sampler, "loadavg")


def test_a_death_is_a_warning_by_default_and_follow_notices_it():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        view = sampler["loadavg"]
        last = view.latest()["tick"]
        os.kill(pid_of(sampler, "loadavg"), signal.SIGKILL)
        time.sleep(0.1)
        with pytest.warns(RuntimeWarning, match=r"loadavg died \(killed by SIGKILL\)"):
            next(batch for batch in view.follow(timeout=5.0) if batch["tick"][-1] > last + 200)
    assert sampler.health()["loadavg"].missed > 0


@pytest.mark.parametrize("look", ["check", "health", "latest", "follow"])
def test_a_worker_that_keeps_dying_is_an_error(look):
    reports = []
    with hzstat.Sampler({"loadavg": 200, "stat": 200}, jobs=2, report=reports.append) as sampler:
        view = sampler["loadavg"]
        view.latest()
        looks = {"check": sampler.check, "health": sampler.health, "latest": view.latest,
                 "follow": lambda: next(view.follow(timeout=1.0))}

        for count in range(1, 4):
            kill_worker(sampler)
            looks[look]()
            assert len(reports) == count
        kill_worker(sampler)
        with pytest.raises(hzstat.WorkerDied, match=r"loadavg keeps dying \(killed by SIG"
                           ) as caught:
            looks[look]()
        assert caught.value.sources == ("loadavg",)
        others = sampler["stat"].ring.head
        until(lambda: sampler["stat"].ring.head > others)


def test_a_worker_killed_just_when_its_record_is_seen_has_counted_it():
    with hzstat.Sampler({"loadavg": 100}, report=lambda text: None) as sampler:
        for _ in range(3):
            ring, pid = sampler["loadavg"].ring, pid_of(sampler, "loadavg")
            assert ring.wait(ring.head, 5.0)
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
            sampler.check()
    whole_story(sampler, "loadavg")


def test_who_looks_again_is_told_again_of_a_worker_that_keeps_dying():
    with hzstat.Sampler({"loadavg": 200}, report=lambda text: None) as sampler:
        sampler["loadavg"].latest()
        for _ in range(3):
            kill_worker(sampler)
            sampler.check()
        kill_worker(sampler)
        with pytest.raises(hzstat.WorkerDied):
            sampler.check()
        with pytest.raises(hzstat.WorkerDied):
            list(sampler["loadavg"].follow(timeout=0.5))


def test_threads_that_look_at_once_start_one_worker():
    reports, failures, over = [], [], threading.Event()

    def look():
        try:
            while not over.is_set():
                sampler.check()
        except Exception as failure:
            failures.append(failure)

    with hzstat.Sampler({"loadavg": 200}, report=reports.append) as sampler:
        view = sampler["loadavg"]
        view.latest()
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        os.kill(pid_of(sampler, "loadavg"), signal.SIGKILL)
        time.sleep(0.3)
        over.set()
        for thread in threads:
            thread.join()
        workers = [child for child in psutil.Process().children() if child.name() == WORKER]
        for worker in workers[1:]:
            worker.kill()
    assert failures == []
    assert len(reports) == len(workers) == 1


def test_a_stopped_worker_makes_a_gap_and_no_burst():
    start = time.time()
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        view, pid = sampler["loadavg"], pid_of(sampler, "loadavg")
        view.latest()
        for _ in range(2):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(pid, signal.SIGCONT)
            head = view.ring.head
            until(lambda head=head: view.ring.head > head + 10)
        assert pid_of(sampler, "loadavg") == pid
    elapsed = time.time() - start
    ticks = whole_story(sampler, "loadavg")
    assert np.sum(np.diff(ticks) > 40) >= 2
    assert sampler.health()["loadavg"].planned <= elapsed * 200 + 2


def test_a_worker_that_is_suspended_does_not_outlive_the_sampler():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        sampler["loadavg"].latest()
        worker = psutil.Process(pid_of(sampler, "loadavg"))
        os.kill(worker.pid, signal.SIGSTOP)
    assert not alive(worker)


# -- callers -------------------------------------------------------------------------------

CALLER = """\
import multiprocessing, sys, time
import hzstat
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with hzstat.Sampler({"stat": 100, "loadavg": 0.001}, jobs=2, context=context) as sampler:
        sampler["stat"].latest(10.0)
        print(*sampler.pids(), flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("method", METHODS)
def test_no_worker_outlives_a_killed_caller(method, tmp_path):
    (tmp_path / "caller.py").write_text(CALLER)
    with subprocess.Popen([sys.executable, tmp_path / "caller.py", method],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          # Python's own forkserver leaves its socket there when it is killed.
                          env={**os.environ, "TMPDIR": str(tmp_path)}) as caller:
        workers = [psutil.Process(int(pid)) for pid in caller.stdout.readline().split()]
        assert len(workers) == 2
        everyone = family(caller.pid)
        assert all(map(alive, workers))
        caller.kill()
        all_gone([*workers, *everyone[1:]])
        assert caller.stderr.read() == ""


# -- the command ---------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path):
    """Starts the command, in a session of its own, and ends what is left of it."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [*HZSTAT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env=os.environ | {"TMPDIR": str(tmp_path)})
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def rows(process, count):
    """Its next lines; at first two of header."""
    lines = [process.stdout.readline() for _ in range(count)]
    assert all(lines), process.stderr.read()
    return lines


@pytest.mark.parametrize("to_group", [True, False])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_it_cleanly(number, status, to_group, command):
    process = command("0.1")
    rows(process, 4)
    everyone = family(process.pid)
    assert len(everyone) > 1
    (os.killpg if to_group else os.kill)(process.pid, number)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == status
    # SIGTERM to all ends the workers too, which the caller may see and say before its own end.
    assert all(line.startswith("hzstat: the worker") for line in stderr.splitlines())
    if not (to_group and number == signal.SIGTERM):
        assert stderr == ""
    all_gone(everyone)


def test_a_reader_that_has_seen_enough():
    done = subprocess.run(f"{sys.executable} -m hzstat 0.05 | head -1", shell=True, text=True,
                          capture_output=True, timeout=20)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_the_command_goes_on_when_a_worker_is_killed(command):
    process = command("0.1", "-l", "-r", "50")
    rows(process, 3)
    worker, = psutil.Process(process.pid).children()
    worker.kill()
    assert process.stderr.readline() == (
        "hzstat: the worker for loadavg died (killed by SIGKILL) and was started again; its gap "
        "counts as missed ticks\n")
    rows(process, 5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 130


def test_the_command_gives_up_on_a_worker_that_keeps_dying(command):
    process = command("0.1", "-c", "-l", "-j", "2")
    rows(process, 3)
    everyone = family(process.pid)

    def kill_until_it_ends():
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in everyone[0].children():
                if child != everyone[2] and child.name() == WORKER:
                    child.kill()
        return process.poll() is not None

    until(kill_until_it_ends)
    lines = process.communicate()[1].splitlines()
    assert process.returncode == 1
    assert len(lines) == 4
    assert all(line.startswith("hzstat: the worker for ") for line in lines)
    assert all("died (killed by SIGKILL) and was started again" in line for line in lines[:3])
    assert "keeps dying (killed by SIGKILL)" in lines[3]
    all_gone(everyone)


def test_nothing_stays_behind_when_all_are_killed_at_once(command, tmp_path):
    before = set(os.listdir("/dev/shm"))
    process = command("0.05")
    rows(process, 4)
    everyone = family(process.pid)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    all_gone(everyone)
    assert set(os.listdir("/dev/shm")) <= before
    assert not os.listdir(tmp_path)


# -- limits --------------------------------------------------------------------------------


# The limit is set late, since Python itself wants some to start.
FEW_FILES = """\
import os, resource, sys
from hzstat.cli import main
first = os.open("/", os.O_RDONLY)
os.close(first)
limit = max(0, first + int(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
sys.exit(main(["0.05", "2"]))
"""


@pytest.mark.parametrize("files", [1, 2, 4, 6, 8, 30])
def test_too_few_open_files_are_an_error_of_one_line(files):
    done = subprocess.run([sys.executable, "-c", FEW_FILES, str(files)], capture_output=True,
                          text=True, timeout=20)
    if files == 30:
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode == 1
        assert done.stderr.startswith("hzstat: ")
        assert done.stderr.count("\n") == 1
        assert "Too many open files" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root has no limit of processes")
def test_too_few_processes_are_an_error_of_one_line():
    program = FEW_FILES.replace("NOFILE", "NPROC")
    done = subprocess.run([sys.executable, "-c", program, "-99"], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1
    assert done.stderr.startswith("hzstat: ")
    assert done.stderr.count("\n") == 1
