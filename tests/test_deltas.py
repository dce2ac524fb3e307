"""hzstat.rates(): arithmetic by hand, psutil, and everything that counters do to spite us."""
import math
import os
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from texts import HEAD
from waiting import until

import hzstat
from hzstat import recent
from hzstat.deltas import ABSENT, BACKWARDS, COARSE, FELL, NEW, NO_TIME, RESET

TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest",
         "guest_nice")


def cpus(*rows):
    return hzstat.parse("stat", b"".join(rows))


PSI = hzstat.parse("pressure/io", b"some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n")


def nets(**counters):
    return hzstat.parse("net/dev", HEAD + b"".join(
        b"%s: %d 2 0 0 0 0 0 0 %d 10 0 0 0 0 0 0\n" % (name.encode(), received, sent)
        for name, (received, sent) in counters.items()))


# Shares of CPU time

def test_shares_add_up_and_guests_are_not_counted_twice():
    rates = hzstat.rates(cpus(b"cpu 100 100 100 100 100 100 100 100 50 50\n"),
                         cpus(b"cpu 140 110 110 120 110 105 103 102 80 55\n"), seconds=1)
    assert {name: round(float(rates[name][0]), 9) for name in TICKS} == {
        "user": 0.4, "nice": 0.1, "system": 0.1, "idle": 0.2, "iowait": 0.1, "irq": 0.05,
        "softirq": 0.03, "steal": 0.02, "guest": 0.3, "guest_nice": 0.05}
    assert sum(float(rates[name][0]) for name in TICKS[:8]) == pytest.approx(1)
    assert not any(rates.why[name].any() for name in TICKS)


@pytest.mark.parametrize("field", ["idle", "iowait"])
def test_idle_and_iowait_may_run_backwards(field):
    after = {"idle": b"cpu 104 0 100 99 101\n", "iowait": b"cpu 104 0 100 101 99\n"}[field]
    rates = hzstat.rates(cpus(b"cpu 100 0 100 100 100\n"), cpus(after), seconds=0.05)
    assert math.isnan(rates[field][0])
    assert rates.why[field][0] == BACKWARDS
    assert rates["user"][0] == 0.8      # of what did grow, and so
    assert rates.why["user"][0] == COARSE


def test_little_time_beside_an_idle_that_ran_backwards_says_nothing():
    rates = hzstat.rates(cpus(b"cpu 100 0 100 1000\n"), cpus(b"cpu 101 0 100 999\n"), seconds=1)
    assert math.isnan(rates["user"][0])
    assert rates.why["user"][0] == BACKWARDS


def test_a_cpu_that_came_back_has_no_delta():
    rates = hzstat.rates(cpus(b"cpu 9 9 9 9\ncpu0 100 0 100 100\ncpu1 100 0 100 100\n"),
                         cpus(b"cpu 19 9 9 9\ncpu0 110 0 100 100\ncpu1 5 0 200 200\n"), seconds=1)
    assert rates["user"][1] == 1
    assert all(math.isnan(rates[name][2]) for name in TICKS)
    assert rates.why["user"][0] == RESET        # the sum of all can't be told, either
    assert [rates.why[name][2] for name in ("user", "system", "idle")] == [FELL, RESET, RESET]


def test_a_cpu_that_was_away_is_new_and_known_by_its_number():
    rates = hzstat.rates(cpus(b"cpu 0 0 0 0\ncpu0 0 0 0 0\ncpu3 0 0 0 0\n"),
                         cpus(b"cpu 9 0 0 1\ncpu1 9 0 0 1\ncpu3 3 0 0 1\n"), seconds=1)
    assert rates["cpu"].tolist() == [-1, 1, 3]
    assert math.isnan(rates["user"][1])
    assert rates.why["user"].tolist() == [RESET, NEW, 0]
    assert rates["user"][2] == 0.75


def test_the_total_of_many_cpus_may_lack_the_idle_time_of_most():
    before = [b"cpu%d 100 0 100 1000\n" % cpu for cpu in range(8)]
    after = [b"cpu%d 101 0 100 1099\n" % cpu for cpu in range(8)]
    rates = hzstat.rates(cpus(b"cpu 800 0 800 8000\n", *before),
                         cpus(b"cpu 870 0 800 7990\n", *after), seconds=1)
    assert rates.why["user"].tolist() == [BACKWARDS] + 8 * [0]      # 70 ticks, of 800
    assert rates["user"][1] == 0.01


def summed(*rows):
    """CPUs with these columns, below their sums, as the kernel prints them."""
    lines = [("", map(sum, zip(*rows, strict=True))), *enumerate(rows)]
    return cpus("".join(f"cpu{cpu} {' '.join(map(str, row))}\n" for cpu, row in lines).encode())


@pytest.mark.parametrize("idle", [40, 760, 999])
@pytest.mark.parametrize(("count", "why"), [(8, 0), (4, COARSE)])
@pytest.mark.parametrize("field", ["idle", "iowait"])
def test_the_total_does_not_lack_what_the_idle_time_of_one_cpu_fell_by(field, count, why, idle):
    """It came back, say, and the kernel counts its idle time from another start."""
    def row(user, waited):
        return (user, 0, 0, 1000, waited) if field == "iowait" else (user, 0, 0, waited, 1000)
    rates = hzstat.rates(summed(*count * [row(100, 1000)]),
                         summed(*(count - 1) * [row(160, 1040)], row(160, idle)), seconds=1)
    user, waited = 60 * count, 40 * (count - 1)
    assert rates["user"][0] == pytest.approx(user / (user + waited))
    assert rates[field][0] == pytest.approx(waited / (user + waited))
    assert rates.why["user"].tolist() == [why, *(count - 1) * [0], COARSE]


def test_iowait_that_becomes_idle_is_no_time_lost():
    """A sleeping CPU's, when the task that it waited for wakes up somewhere else."""
    before = summed(*8 * [(100, 0, 0, 1000, 1000)])
    after = summed(*7 * [(160, 0, 0, 1000, 1040)], (160, 0, 0, 1240, 800))
    rates = hzstat.rates(before, after, seconds=1)
    assert rates["idle"][0] == pytest.approx(240 / (8 * 60 + 7 * 40 + 40))
    assert rates["user"][0] == pytest.approx(480 / (8 * 60 + 7 * 40 + 40))


def test_plain_values_are_refused():
    with pytest.raises(TypeError, match="list: values"):
        hzstat.rates(hzstat.values("stat"), hzstat.values("stat"))


def test_columns_that_the_kernel_lacks_are_absent():
    rates = hzstat.rates(cpus(b"cpu 0 0 0 0\n"), cpus(b"cpu 1 0 0 1\n"), seconds=1)
    assert (rates["user"][0], rates.why["steal"][0]) == (0.5, ABSENT)
    assert math.isnan(rates["steal"][0])
    assert rates.reasons() == {"absent": dict.fromkeys(
        (*TICKS[4:], "intr", "ctxt", "btime", "processes", "procs_running", "procs_blocked",
         "softirqs"), 1)}


def test_a_counter_of_the_system_that_wrapped_spoils_no_shares():
    rates = hzstat.rates(cpus(b"cpu 1 0 0 1\nctxt 5\nsoftirq 4294967295\n"),
                         cpus(b"cpu 2 0 0 2\nctxt 9\nsoftirq 3\n"), seconds=1)
    assert (rates["user"][0], rates["ctxt"][0]) == (0.5, 4)
    assert (rates.why["user"][0], rates.why["softirqs"][0]) == (0, FELL)


def test_no_ticks_are_no_shares():
    rates = hzstat.rates(cpus(b"cpu 1 2 3 4\n"), cpus(b"cpu 1 2 3 4\n"), seconds=1)
    assert math.isnan(rates["user"][0])
    assert rates.why["user"][0] == NO_TIME


def test_a_share_over_few_steps_is_marked():
    rates = hzstat.rates(cpus(b"cpu 1 2 3 4\n"), cpus(b"cpu 2 2 3 4\n"), seconds=0.01)
    assert (rates["user"][0], rates.why["user"][0]) == (1.0, COARSE)


def test_the_counters_of_the_system_are_a_second():
    rates = hzstat.rates(cpus(b"cpu 1 2 3 4\nctxt 100\nprocs_running 3\n"),
                         cpus(b"cpu 2 2 3 4\nctxt 150\nprocs_running 7\n"), seconds=2)
    assert (rates["ctxt"][0], rates["procs_running"][0]) == (25, 7)


# Counters a second

def test_growth_is_divided_by_the_time():
    before, after = nets(lo=(0, 0), eth0=(1000, 500)), nets(lo=(0, 0), eth0=(3000, 501))
    rates = hzstat.rates(before, after, seconds=4)
    assert rates["name"].tolist() == [b"lo", b"eth0"]
    assert rates["rx_bytes"].tolist() == [0, 500]
    assert rates["tx_bytes"].tolist() == [0, 0.25]
    assert (rates.source, rates.seconds, len(rates)) == ("net/dev", 4, 2)


def test_an_interface_that_came_back_has_no_delta_and_no_spike():
    rates = hzstat.rates(nets(eth0=(2**32 - 5, 500)), nets(eth0=(10, 600)), seconds=1)
    assert math.isnan(rates["rx_bytes"][0])
    assert math.isnan(rates["tx_bytes"][0])     # grew, but who knows since when
    assert (rates.why["rx_bytes"][0], rates.why["tx_bytes"][0]) == (FELL, RESET)


def test_interfaces_are_matched_by_name():
    rates = hzstat.rates(nets(a=(1, 1), b=(10, 10), c=(5, 5)), nets(c=(6, 6), b=(12, 12), d=(9, 9)),
                         seconds=1)
    assert rates["rx_bytes"][:2].tolist() == [1, 2]
    assert rates.why["rx_bytes"].tolist() == [0, 0, NEW]


def test_no_interfaces():
    assert len(hzstat.rates(nets(), nets(), seconds=1)) == 0
    assert hzstat.rates(nets(), nets(a=(1, 1)), seconds=1).why["rx_bytes"].tolist() == [NEW]


def test_the_keys_of_a_keyed_file_may_change():
    before, after = (hzstat.parse("vmstat", text) for text in (
        b"nr_free_pages 9\npgfault 10\npgfree 70\n",
        b"pgfault 30\nnr_free_pages 5\npgfree 60\nnew 1\n"))
    rates = hzstat.rates(before, after, seconds=10)
    assert (rates["pgfault"][0], rates["nr_free_pages"][0]) == (2, 5)
    assert (rates.why["pgfree"][0], rates.why["new"][0]) == (FELL, ABSENT)
    assert math.isnan(rates["pgfree"][0])


def test_no_time_is_no_rate():
    rates = hzstat.rates(nets(a=(1, 1)), nets(a=(2, 1)), seconds=0)
    assert math.isnan(rates["rx_bytes"][0])
    assert rates.why["rx_bytes"][0] == NO_TIME


def test_large_counters_lose_nothing():
    top = 2**64 - 1
    rates = hzstat.rates(nets(a=(top - 3, 0)), nets(a=(top, 0)), seconds=1)
    assert rates["rx_bytes"].tolist() == [3]


@pytest.mark.parametrize(("before", "after", "options", "words"), [
    (cpus(b"cpu 1 1 1 1\n"), nets(), {"seconds": 1}, "two of one source"),
    (nets(), nets(), {}, "say seconds="),
    (nets(), nets(), {"seconds": -1}, "the earlier read first"),
    (nets(), nets(), {"seconds": math.nan}, "the earlier read first"),
    (np.zeros(1, [("x", "u8")]), np.zeros(1, [("x", "u8")]), {"seconds": 1}, "say source="),
    (np.zeros(1, [("x", "u8")]), np.zeros(1, [("x", "u8")]), {"seconds": 1, "source": "stat"},
     "no rows of stat"),
    (cpus(b"cpu 1 2 3 4\n")[["cpu", "user"]], cpus(b"cpu 2 2 3 4\n")[["cpu", "user"]],
     {"seconds": 1}, "give whole rows"),
    (np.asarray(PSI).view(np.ndarray), np.asarray(PSI).view(np.ndarray), {"seconds": 1},
     "say source=")])
def test_what_does_not_go_together_is_refused(before, after, options, words):
    with pytest.raises(ValueError, match=words):
        hzstat.rates(before, after, **options)


def test_plain_arrays_of_a_table_file_need_no_name():
    before, after = (np.asarray(nets(a=(n, 0))).view(np.ndarray) for n in (1, 3))
    assert hzstat.rates(before, after, seconds=1)["rx_bytes"].tolist() == [2]


@pytest.mark.parametrize("source", ["stat", "net/dev", "vmstat", "meminfo", "diskstats", "softirqs",
                                    "loadavg", "uptime", "net/snmp", "pressure/cpu"])
def test_two_live_reads_know_their_time(source):
    before = hzstat.read(source)
    start = time.monotonic_ns()
    time.sleep(0.06)
    after = hzstat.read(source)
    rates = hzstat.rates(before, after)
    assert rates.seconds == (after.time_ns - before.time_ns) / 1e9
    assert 0.06 <= rates.seconds <= (time.monotonic_ns() - start) / 1e9 + 1
    assert len(rates) == len(after)


def test_records_of_a_sampler():
    with hzstat.Sampler({"stat": 100, "net/dev": 100}) as sampler:
        before = {name: sampler[name].latest().copy() for name in sampler}
        for name, first in before.items():
            last = until(lambda name=name, first=first: (
                record := sampler[name].latest())["tick"] >= first["tick"] + 20 and record)
            rates = hzstat.rates(first, last)
            assert rates.source == name
            assert rates.seconds == pytest.approx((last["time_ns"] - first["time_ns"]) / 1e9)
        with pytest.raises(ValueError, match="different clocks"):
            hzstat.rates(hzstat.read(name), last)
        with pytest.raises(ValueError, match="these are 2 records"):
            hzstat.rates(first, np.array([first, last]))
        broken = first.copy()
        broken["status"] = 2
        with pytest.raises(ValueError, match="its read failed"):
            hzstat.rates(broken, last)


# Since the last call

def test_the_first_call_tells_of_a_busy_cpu():
    stop = threading.Event()
    spinner = threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)])
    spinner.start()
    try:
        fresh = recent._Recent("stat", recent.SHORTEST_NS)
        rates = fresh.since(None)
        assert rates.seconds >= 0.1
        assert max(1 - rates["idle"] - rates["iowait"]) > 0.3
        percent = hzstat.cpu_percent(0.2)
        assert 0 < percent <= 100
    finally:
        stop.set()
        spinner.join()


def test_cpu_percent_by_cpu():
    found = hzstat.cpu_percent(percpu=True)
    assert set(found) == {int(cpu) for cpu in hzstat.read("stat")["cpu"] if cpu >= 0}
    assert all(0 <= percent <= 100 for percent in found.values())
    assert isinstance(hzstat.cpu_percent(), float)


def test_calls_in_quick_succession_look_further_back():
    fresh = recent._Recent("stat", recent.SHORTEST_NS)
    fresh.since(None)
    for _ in range(20):
        assert fresh.since(None).seconds >= 0.1
    assert len(fresh.kept) <= 2


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_forked_in_the_middle_of_a_wait_goes_on():
    fresh = recent._Recent("stat", 300_000_000)
    waiting = threading.Thread(target=fresh.since, args=(None,))
    waiting.start()
    until(lambda: fresh.reader)     # it holds the lock, and sleeps
    pid = os.fork()
    if pid == 0:
        os._exit(0 if fresh.since(None).seconds >= 0.3 else 1)
    _, status = os.waitpid(pid, 0)
    waiting.join()
    assert status == 0


def test_a_signals_handler_may_ask_in_the_middle_of_a_wait():
    program = ("import signal, hzstat\n"
               "ask = hzstat.cpu_percent\n"
               "signal.signal(signal.SIGALRM, lambda *_: print(0 <= ask() <= 100))\n"
               "signal.setitimer(signal.ITIMER_REAL, 0.03)\n"
               "print(0 <= ask() <= 100)\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=20, check=True)
    assert done.stdout == "True\nTrue\n"


def test_net_rates_of_what_was_sent():
    import socket
    fields = {"rx_bytes", "tx_bytes", "rx_packets"}
    hzstat.net_rates()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        for _ in range(100):
            one.sendto(bytes(1000), one.getsockname())
    found = hzstat.net_rates()
    assert set(found) == set(psutil.net_io_counters(pernic=True))
    assert fields < set(found["lo"])
    assert found["lo"]["tx_bytes"] > 0


@pytest.mark.parametrize("interval", [0, -1, math.inf, math.nan])
def test_an_interval_is_a_time(interval):
    with pytest.raises(ValueError, match="above 0"):
        hzstat.cpu_percent(interval)
    with pytest.raises(ValueError, match="above 0"):
        hzstat.net_rates(interval)
