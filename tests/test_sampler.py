"""Real sampling of the real /proc, and of trees of files that go wrong."""
import itertools
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from waiting import until

import hzstat

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

METHODS = ("fork", "spawn", "forkserver")
CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")



def everything(view):
    """All the records that this reader has not seen yet."""
    found = [view.drain()]
    while len(found[-1]):
        found.append(view.drain())
    return np.concatenate(found)


def fresh(sampler, name):
    """A record whose read began after this call."""
    now = sampler.board.now_ns()
    return until(lambda: (record := sampler[name].latest())["time_ns"] > now and record)


FOUR = ("stat", "meminfo", "net/dev", "loadavg")


@pytest.fixture
def tree(tmp_path):
    """A copy of the files in /proc, to be spoilt."""
    root = tmp_path / "proc"
    (root / "net").mkdir(parents=True)
    for name in FOUR:
        shutil.copyfile(f"/proc/{name}", root / name)
    return root


# -- ticks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_every_tick_is_taken_or_counted(jobs):
    rates = {"stat": 200, "meminfo": 100, "net/dev": 200, "loadavg": 50}
    start = time.time_ns()
    with hzstat.Sampler(rates, jobs=jobs) as sampler:
        assert len(sampler.pids()) == jobs
        assert sorted(itertools.chain(*sampler.pids().values())) == sorted(rates)
        assert list(sampler) == list(rates)
        assert sampler.running
        time.sleep(2)
    stop = time.time_ns()
    assert not sampler.running
    health = sampler.health()
    for name, rate in rates.items():
        view, of, period = sampler[name], health[name], 10**9 // rate
        records = everything(view)
        ticks = records["tick"]
        gaps = int(np.sum(np.diff(ticks) - 1))
        before = of.missed - gaps               # missed ahead of the first record
        assert len(records) == of.records > 0
        assert view.lost == 0
        assert (np.diff(ticks) > 0).all()
        assert before >= 0
        assert of.planned == of.records + of.missed == ticks[-1] - ticks[0] + 1 + before
        assert start <= (ticks[0] - before) * period
        assert (ticks[0] - before) * period <= start + 1.5e9
        assert stop - 1.5e9 <= ticks[-1] * period <= stop
        assert (records["time_ns"] - records["late_ns"] == ticks * period).all()
        assert (records["late_ns"] >= 0).all()
        assert (records["late_ns"] < period).all()
        assert (records["read_ns"] > 0).all()
        assert (records["status"] == 0).all()
        assert (of.errors, of.status, of.cut) == (0, 0, 0)
        assert of.late_ns[-1] == records["late_ns"].max()
        assert of.read_ns[-1] == records["read_ns"].max()
        assert list(of.late_ns) == sorted(of.late_ns)


def test_every_source_of_the_system_can_be_sampled():
    names = [name for name in hzstat.sources() if not name.startswith(("PID/", "cgroup/"))]
    with hzstat.Sampler(dict.fromkeys(names, 50), jobs=1) as sampler:
        assert set(sampler) | set(sampler.unavailable) == set(names)
        for name in sampler:
            record = sampler[name].latest()
            assert record["status"] == 0, name
            assert record["data"].dtype == hzstat.read(name).dtype
        before = sampler["vmstat"].latest().copy()
        after = newer("vmstat", before, sampler)
        rates = hzstat.rates(before, after, source="vmstat")
        assert rates.seconds == (after["time_ns"] - before["time_ns"]) / 1e9
        assert rates["nr_free_pages"][0] == after["data"]["nr_free_pages"][0]


def newer(name, record, sampler):
    return until(lambda: (latest := sampler[name].latest())["tick"] > record["tick"] and latest)


# -- how the workers run -------------------------------------------------------------------


def test_a_pinned_worker_runs_on_its_cpu():
    cpu = max(os.sched_getaffinity(0))
    with hzstat.Sampler({"loadavg": 100}, pin=cpu) as sampler:
        pid, = sampler.pids()
        until(lambda: os.sched_getaffinity(pid) == {cpu})
        assert sampler["loadavg"].latest()["status"] == 0


@pytest.mark.parametrize(("options", "words"), [
    ({"pin": 4096}, "can't pin to CPU 4096: this process may run on"), ({"pin": -1}, "can't pin"),
    ({"spin_us": -1}, "spin_us is 0 to"), ({"spin_us": 1e9}, "spin_us is 0 to"),
    ({"ring_bytes": 0}, "ring_bytes is a number of bytes")])
def test_knobs_that_can_not_be(options, words):
    with pytest.raises(ValueError, match=words):
        hzstat.Sampler({"stat": 1}, **options)


def test_realtime_where_it_is_permitted():
    sampler = hzstat.Sampler({"loadavg": 100}, realtime=True)
    try:
        sampler.start()
    except hzstat.NotPermitted as refused:
        pytest.skip(str(refused))
    try:
        pid, = sampler.pids()
        until(lambda: os.sched_getscheduler(pid) == os.SCHED_FIFO)
        until(lambda: hzstat.read("PID/status", pid=pid)["VmLck"][0] > 0)
    finally:
        sampler.stop()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER       # the caller stays as it was


def test_realtime_where_it_is_not_permitted():
    code = ("import os, resource, hzstat; hzstat.Sampler; "
            "resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0)); "
            "os.setresuid(65534, 65534, 65534) if os.geteuid() == 0 else None; "
            "hzstat.Sampler({'loadavg': 1}, realtime=True).start()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "hzstat.errors.NotPermitted: no realtime scheduling" in done.stderr
    assert "ulimit -r 50" in done.stderr


def test_a_spinning_worker_is_awake_before_its_tick():
    with hzstat.Sampler({"loadavg": 50}, spin_us=5000, jobs=1) as sampler:
        until(lambda: sampler.health()["loadavg"].records >= 20)
        start = sampler.workers()[0].cpu_ns
        until(lambda: sampler.workers()[0].cpu_ns > start)
        worker, = sampler.workers()
        share = worker.cpu_ns / (sampler.seconds * 1e9)
    assert share > 0.02         # a quarter of each period, but for what others took of the CPU


@pytest.mark.parametrize("spin_us", [0, 10_000])
def test_a_change_takes_effect_in_the_middle_of_a_period(spin_us):
    """Whether the worker sleeps or spins."""
    with hzstat.Sampler({"loadavg": 0.01}, spin_us=spin_us) as sampler:
        sampler.set_rate("loadavg", 100)
        until(lambda: sampler.health()["loadavg"].records >= 3)
        sampler.pause()
    assert not sampler.running


def test_rings_are_bounded_in_bytes():
    with hzstat.Sampler({"stat": 1000, "loadavg": 1}, ring_bytes=1 << 20) as sampler:
        rings = sampler.rings()
        assert rings["stat"].bytes <= 1 << 20
        assert rings["stat"].seconds == rings["stat"].slots / 1000 < 10
        assert rings["loadavg"].seconds >= 10


def test_what_the_workers_cost():
    with hzstat.Sampler({"stat": 200, "loadavg": 100}, jobs=2) as sampler:
        until(lambda: min(one.records for one in sampler.health().values()) >= 30)
        assert {worker.pid for worker in sampler.workers()} == set(sampler.pids())
    workers = sampler.workers()
    assert [worker.sources for worker in workers] == [("stat",), ("loadavg",)]
    assert [worker.pid for worker in workers] == [None, None]
    assert all(worker.cpu_ns > 0 for worker in workers)
    health = sampler.health()
    for worker in workers:      # a wake-up a record, and a few to look round
        assert worker.wakeups >= health[worker.sources[0]].records * 0.9
    assert sampler.seconds == sampler.seconds


def test_the_record():
    with hzstat.Sampler(dict.fromkeys(FOUR, 100)) as sampler:
        for name in FOUR:
            view, now = sampler[name], hzstat.read(name)
            record = view.latest()
            assert view.dtype.names == ("tick", "time_ns", "wall_ns", "late_ns", "read_ns",
                                        "status", "rows", "data")
            assert [view.dtype[field].str for field in view.dtype.names[:7]] == [
                "<i8", "<i8", "<i8", "<i8", "<i8", "<i4", "<u4"]
            assert view.dtype["data"].subdtype == (now.dtype, (view.max_rows,))
            assert record.dtype == view.dtype
            assert record["rows"] == len(now) <= view.max_rows
            assert not record["data"][record["rows"]:].tobytes().strip(b"\0")
            key = {"stat": "cpu", "net/dev": "name", "meminfo": "MemTotal"}.get(name)
            if key:
                assert (record["data"][:record["rows"]][key] == now[key]).all()


# -- readers -------------------------------------------------------------------------------


def test_follow_yields_all_and_ends_at_the_timeout():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        view = sampler["loadavg"]
        batches = list(itertools.islice(view.follow(timeout=5.0), 4))
        assert all(len(batch) for batch in batches)
        sampler.pause()
        batches += view.follow(timeout=0.3)     # it ends, for nothing comes
        ticks = np.concatenate(batches)["tick"]
        assert len(ticks) + view.lost == view.ring.head
        assert sampler.health()["loadavg"].missed >= np.sum(np.diff(ticks) - 1)
        assert len(view.drain()) == 0


def test_follow_ends_when_the_sampler_has_stopped():
    with hzstat.Sampler({"loadavg": 200}) as sampler:
        sampler["loadavg"].latest()
        threading.Timer(0.3, sampler.stop).start()
        count = sum(map(len, sampler["loadavg"].follow()))
    assert count + len(sampler["loadavg"].drain()) == sampler.health()["loadavg"].records
    sampler.stop()          # again is no harm


def test_latest_times_out_and_stays_readable_after_the_end():
    with hzstat.Sampler({"loadavg": 0.001, "stat": 100}) as sampler:
        sampler.pause()
        if not sampler["loadavg"].ring.head:
            with pytest.raises(TimeoutError, match=r"no record of loadavg within 0\.1 s"):
                sampler["loadavg"].latest(timeout=0.1)
        sampler.resume()
        tick = sampler["stat"].latest()["tick"]
    assert sampler["stat"].latest()["tick"] >= tick


def test_a_slow_reader_is_told_what_it_lost():
    with hzstat.Sampler({"loadavg": 2000}, ring_seconds=0.001) as sampler:
        view = sampler["loadavg"]
        assert view.ring.slots < 100
        seen = []
        for _ in range(5):
            until(lambda: view.ring.head > view._cursor + view.ring.slots)
            seen.append(view.drain())
            assert 0 < len(seen[-1]) < view.ring.slots
    ticks = np.concatenate([*seen, everything(view)])["tick"]
    assert (np.diff(ticks) > 0).all()
    assert view.lost > 0
    assert len(ticks) + view.lost == sampler.health()["loadavg"].records


def test_several_readers_each_see_all():
    with hzstat.Sampler({"loadavg": 500}) as sampler:
        views = [sampler.view("loadavg") for _ in range(3)]
        seen = [[] for _ in views]
        readers = [threading.Thread(target=lambda view=view, to=to: to.extend(view.follow()))
                   for view, to in zip(views, seen, strict=True)]
        for reader in readers:
            reader.start()
        time.sleep(0.5)
    for reader in readers:
        reader.join(10)
    whole = [np.concatenate([*batches, everything(view)])
             for batches, view in zip(seen, views, strict=True)]
    assert len(whole[0]) == sampler.health()["loadavg"].records
    assert (whole[0] == whole[1]).all()
    assert (whole[0] == whole[2]).all()


# -- control -------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [0.001, 0.01])
def test_set_rate_works_at_once_in_the_middle_of_a_long_period(slow):
    with hzstat.Sampler({"loadavg": slow, "stat": slow}, jobs=1) as sampler:
        view = sampler["loadavg"]
        for rate in (200, 100):
            sampler.set_rate("loadavg", rate)
            head = view.ring.head
            until(lambda head=head: view.ring.head >= head + 10)
            record = fresh(sampler, "loadavg")
            assert record["time_ns"] - record["late_ns"] == int(record["tick"]) * 10**9 // rate
            sampler.set_rate("loadavg", slow)
            time.sleep(0.2)
            head = view.ring.head
            time.sleep(0.2)
            assert view.ring.head <= head + 1       # the long period's own tick may just come
        assert sampler["stat"].ring.head <= 1


def test_pause_and_resume():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        view = sampler["loadavg"]
        first = view.latest()["tick"]
        sampler.pause()
        time.sleep(0.1)
        head, missed = view.ring.head, sampler.health()["loadavg"].missed
        time.sleep(0.4)
        assert view.ring.head == head
        assert sampler.health()["loadavg"].missed == missed
        sampler.resume()
        until(lambda: view.ring.head > head + 10)
    ticks = everything(view)["tick"]
    of = sampler.health()["loadavg"]
    assert ticks[0] <= first
    assert np.diff(ticks).max() >= 40
    assert of.planned <= ticks[-1] - ticks[0] + 1 - 35     # the pause is not planned


def test_it_can_be_started_again():
    sampler = hzstat.Sampler({"loadavg": 100})
    for _ in range(2):
        with sampler:
            now = sampler.board.now_ns()
            until(lambda now=now: sampler["loadavg"].latest()["time_ns"] > now, 2.0)


def test_rates_are_checked_when_they_change():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        with pytest.raises(ValueError, match="samples a second"):
            sampler.set_rate("loadavg", 0)
        head = sampler["loadavg"].ring.head
        until(lambda: sampler["loadavg"].ring.head > head)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_bad_ring_seconds(seconds):
    with pytest.raises(ValueError, match="ring_seconds"):
        hzstat.Sampler({"stat": 1}, ring_seconds=seconds)


# -- where it runs -------------------------------------------------------------------------

PROGRAM = """\
import multiprocessing
import hzstat
def main():
    context = multiprocessing.get_context("METHOD")
    with hzstat.Sampler({"stat": 200, "net/dev": 100}, jobs=2, context=context) as sampler:
        for name in sampler:
            ticks = []
            for records in sampler[name].follow(timeout=5.0):
                assert not records["status"].any()
                ticks += records["tick"].tolist()
                if len(ticks) >= 30:
                    break
            print(name, len(ticks) >= 30, ticks == sorted(set(ticks)))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", ["script", "-c", "repl"])
def test_start_methods(how, method, tmp_path):
    program = PROGRAM.replace("METHOD", method)
    path = tmp_path / "program.py"
    path.write_text(program)
    arguments = {"script": [path], "-c": ["-c", program], "repl": ["-i", "-q"]}[how]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True,
                          timeout=60, input=program if how == "repl" else "")
    assert done.stdout == "stat True True\nnet/dev True True\n"
    assert done.stderr.replace(">>> ", "").replace("... ", "").strip() == ""
    assert done.returncode == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_caller_with_threads(method):
    """Threads that allocate, import and print all the while, when the workers are started."""
    program = PROGRAM.replace("METHOD", method).replace("    main()", """\
    import threading
    over = threading.Event()
    def work():
        while not over.wait(0.0001):
            __import__("random").randbytes(10_000), print(end="", flush=True)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    threads.append(threading.Thread(target=main))       # nor is it the main thread
    threads[-1].start()
    threads[-1].join()
    over.set()
""")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=60)
    assert (done.stdout, done.stderr) == ("stat True True\nnet/dev True True\n", "")


@pytest.mark.parametrize("method", METHODS)
def test_other_children_of_the_caller_can_still_be_ended(method):
    """A worker starts with signals blocked: that mustn't reach the forkserver's other children."""
    context = multiprocessing.get_context(method)
    with hzstat.Sampler({"loadavg": 10}, context=context):
        other = context.Process(target=time.sleep, args=(60,))
        other.start()
        other.terminate()
        other.join(30)
        assert other.exitcode == -signal.SIGTERM


# -- sources that go wrong -----------------------------------------------------------------


@pytest.mark.parametrize(("spoil", "error", "reason"), [
    (Path.unlink, hzstat.SourceUnavailable, "No such file"),
    (lambda path: path.write_bytes(b""), hzstat.SourceUnavailable, "it is empty"),
    (lambda path: (path.unlink(), path.mkdir()), hzstat.SourceUnavailable, "Is a directory"),
    (lambda path: path.write_bytes(b"cpu  1 2 x 4\n"), hzstat.ParseError, "at byte 9"),
    (lambda path: path.write_bytes(b"cpu  1 2 3 4"), hzstat.ParseError, "end of the line"),
    (lambda path: path.write_bytes(b"\0\xff\n" * 99), hzstat.ParseError, "at byte 0"),
])
def test_a_source_that_cannot_be_read_is_left_out(tree, spoil, error, reason):
    spoil(tree / "stat")
    with hzstat.Sampler({"stat": 100, "loadavg": 100}, root=tree) as sampler:
        failure = sampler.unavailable["stat"]
        assert type(failure) is error
        assert str(failure).startswith(f"{tree}/stat: ")
        assert reason in str(failure)
        with pytest.raises(error):
            sampler["stat"]
        assert list(sampler) == list(sampler.health()) == ["loadavg"]
        assert sampler["loadavg"].latest()["status"] == 0
        sampler.pause()
        sampler.resume()


def test_no_source_at_all_is_an_error(tree):
    shutil.rmtree(tree)
    with pytest.raises(hzstat.SourceUnavailable, match="stat: No such file"), \
            hzstat.Sampler({"stat": 100, "loadavg": 100}, root=tree):
        pass


def test_a_file_that_breaks_is_recorded_and_recovers(tree):
    path, good = tree / "stat", (tree / "stat").read_bytes()
    reports = []
    with hzstat.Sampler({"stat": 200, "loadavg": 200}, root=tree, jobs=1,
                        report=reports.append) as sampler:
        assert fresh(sampler, "stat")["status"] == 0
        for bad, status in ((b"cpu  1 2 x 4\n", -1), (b"", -7), (b"cpu  1 2 3 4", -2)):
            path.write_bytes(bad)
            record = fresh(sampler, "stat")
            assert record["status"] == status
            assert record["rows"] == 0
            assert not record["data"].tobytes().strip(b"\0")
            assert sampler.health()["stat"].status == status
            path.write_bytes(good)
            record = fresh(sampler, "stat")
            assert record["status"] == 0
            assert (record["data"][:record["rows"]] == hzstat.parse("stat", good)).all()
    assert len(reports) >= 3
    assert all(text.startswith(f"{path}: ") for text in reports)
    of = sampler.health()
    assert of["stat"].errors == np.count_nonzero(everything(sampler["stat"])["status"]) > 0
    assert of["stat"].cut == 0
    assert of["loadavg"].errors == 0


def test_a_file_that_vanishes_is_opened_again_when_it_is_back(tree):
    path, good = tree / "stat", (tree / "stat").read_bytes()
    reports = []
    with hzstat.Sampler({"stat": 0.001}, root=tree, report=reports.append) as sampler:
        path.unlink()                               # before the worker's first read
        sampler.set_rate("stat", 200)
        record = fresh(sampler, "stat")
        assert os.strerror(record["status"]) == "No such file or directory"
        assert len(reports) == 1
        assert reports[0].startswith(f"{path}: No such file or directory")
        path.write_bytes(good)
        until(lambda: fresh(sampler, "stat")["status"] == 0)


def test_rows_that_find_no_room_are_counted(tree):
    path = tree / "stat"
    told = []
    with hzstat.Sampler({"stat": 200}, root=tree, report=told.append) as sampler:
        room = sampler["stat"].max_rows
        path.write_text("".join(f"cpu{i} {i} 2 3 4 5 6 7 8 9 10\n" for i in range(room + 5)))
        record = fresh(sampler, "stat")
        assert record["status"] == 0
        assert record["rows"] == room + 5
        assert record["data"]["cpu"].tolist() == record["data"]["user"].tolist() == [*range(room)]
        assert sampler.health()["stat"].cut > 0
    assert len(told) == 1
    assert "stat has more rows than a record has room for" in told[0]


def test_an_interface_that_comes_beside_a_lone_lo_finds_room(tree):
    path = tree / "net/dev"
    lines = path.read_bytes().splitlines(keepends=True)
    lo = next(line for line in lines if line.split(b":")[0].strip() == b"lo")
    path.write_bytes(b"".join([*lines[:2], lo]))
    with hzstat.Sampler({"net/dev": 100}, root=tree) as sampler:
        path.write_bytes(b"".join([*lines[:2], lo, lo.replace(b"lo:", b"eth0:")]))
        record = fresh(sampler, "net/dev")
        assert record["data"]["name"][:2].tolist() == [b"lo", b"eth0"]
        assert sampler.health()["net/dev"].cut == 0


# -- values --------------------------------------------------------------------------------


def test_one_busy_cpu_shows_as_itself_and_as_its_part_of_the_total():
    cpu = max(os.sched_getaffinity(0))
    spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        os.sched_setaffinity(spinner.pid, {cpu})
        with hzstat.Sampler({"stat": 100}) as sampler:
            outer = psutil.cpu_times(percpu=True)[cpu]
            first = fresh(sampler, "stat")
            time.sleep(1.2)
            last = fresh(sampler, "stat")
            outer = [b - a for a, b in zip(outer, psutil.cpu_times(percpu=True)[cpu], strict=True)]
    finally:
        spinner.kill()
        spinner.wait()
    cpus = first["data"]["cpu"][:first["rows"]].tolist()
    spent = {field: dict(zip(cpus, (last["data"][field] - first["data"][field]).astype("i8")
                             .tolist(), strict=False)) for field in CPU_FIELDS}
    whole = {key: sum(spent[field][key] for field in CPU_FIELDS) for key in cpus}
    busy = {key: whole[key] - spent["idle"][key] - spent["iowait"][key] for key in cpus}
    count = len(cpus) - 1
    assert busy[cpu] > 0.8 * whole[cpu]
    assert busy[-1] > 0.8 * whole[-1] / count
    # The kernel rounds the total and each CPU down to ticks, field by field.
    assert abs(busy[-1] - sum(busy[key] for key in cpus if key >= 0)) \
        <= len(CPU_FIELDS) * (count + 1)
    assert 100 <= whole[cpu] * 100 / os.sysconf("SC_CLK_TCK") <= 100 * sum(outer) + 3
    assert spent["user"][cpu] / os.sysconf("SC_CLK_TCK") <= outer[0] + 0.001


def test_values_lie_between_reads_before_and_after():
    def seconds():
        return [list(times) for times in psutil.cpu_times(percpu=True)]
    ticks = os.sysconf("SC_CLK_TCK")
    before = seconds()
    with hzstat.Sampler({"stat": 100, "meminfo": 100}) as sampler:
        record, memory = fresh(sampler, "stat"), fresh(sampler, "meminfo")
    after = seconds()
    rows = record["data"][1:record["rows"]]
    for field in ("user", "nice", "system", "irq", "softirq"):
        at = psutil.cpu_times()._fields.index(field)
        for low, row, high in zip(before, rows, after, strict=True):
            assert low[at] <= row[field] / ticks <= high[at]
    assert memory["data"]["MemTotal"][0] * 1024 == psutil.virtual_memory().total


def test_bytes_over_loopback_show_to_the_byte():
    """100 datagrams of 1000 bytes, each with 28 of UDP and IP."""
    count, size = 100, 1000 + 28

    def lo(sampler):
        rows = fresh(sampler, "net/dev")["data"]
        row = rows[rows["name"] == b"lo"][0]
        assert row["rx_bytes"] == row["tx_bytes"]
        assert row["rx_packets"] == row["tx_packets"]
        return np.array([row["rx_bytes"], row["rx_packets"]]).astype("i8")

    def oracle():
        return np.array([int(Path(f"/sys/class/net/lo/statistics/rx_{what}").read_text())
                         for what in ("bytes", "packets")])

    with hzstat.Sampler({"net/dev": 200}) as sampler, \
            socket.socket(type=socket.SOCK_DGRAM) as to, \
            socket.socket(type=socket.SOCK_DGRAM) as sender:
        to.bind(("127.0.0.1", 0))
        to.settimeout(10)
        for _ in range(20):         # until nobody else talks over lo meanwhile
            outer = oracle()
            first = lo(sampler)
            inner = oracle()
            for _ in range(count):
                sender.sendto(b"x" * 1000, to.getsockname())
                assert len(to.recv(2000)) == 1000
            inner = oracle() - inner
            grown = lo(sampler) - first
            outer = oracle() - outer
            assert (inner <= grown).all()
            assert (grown <= outer).all()
            assert grown[0] >= count * size
            if grown[1] == count:
                break
        assert grown.tolist() == [count * size, count]
