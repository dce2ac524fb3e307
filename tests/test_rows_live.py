"""What rows say of this machine, against psutil and plain Python reading the same files meanwhile.

Rows tell when they ended. A counter's growth in a row lies between what it grew by from just after
the start to just before the end, and from just before the start to just after the end.
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime

import psutil
import pytest
from running import HZSTAT, environment

NEAR = 0.15                 # s: how far what was looked at may be from what a row is about
DELAY, COUNT = 1.0, 2
SECTOR_BYTES = 512
POLL_SECONDS = 0.02


def words_of(path):
    """The first word of each line, and the second as a number."""
    with open(path) as file:
        lines = [line.split() for line in file]
    return {line[0].rstrip(":"): int(line[1]) for line in lines
            if len(line) > 1 and line[1].isdigit()}


def pairs_of(path, protocol):
    """The names in a protocol's first line, and the numbers in its second."""
    with open(path) as file:
        names, numbers = [line.split()[1:] for line in file if line.startswith(protocol + ":")]
    return dict(zip(names, map(int, numbers), strict=True))


def stalled_us(what):
    with open(f"/proc/pressure/{what}") as file:
        return int(file.readline().rpartition("=")[2])


def look():
    """All of it, now, as others tell it."""
    counted = words_of("/proc/stat")
    times = psutil.cpu_times()
    nets = psutil.net_io_counters(pernic=True, nowrap=False)
    disks = psutil.disk_io_counters(nowrap=False)
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    found = {
        "sys_int_per_s": counted["intr"], "sys_csw_per_s": counted["ctxt"],
        "proc_new_per_s": counted["processes"],
        "tcp_retr_per_s": pairs_of("/proc/net/snmp", "Tcp")["RetransSegs"],
        "tcp_drop_per_s": pairs_of("/proc/net/netstat", "TcpExt")["ListenDrops"],
        "net_lo_recv_bytes_per_s": nets["lo"].bytes_recv,
        "net_lo_send_bytes_per_s": nets["lo"].bytes_sent,
        "net_total_recv_bytes_per_s": sum(one.bytes_recv for name, one in nets.items()
                                          if name != "lo"),
        "ticks": sum(times[:8]), "usr": times.user + times.nice,
        "sys": times.system + times.irq + times.softirq, "idl": times.idle, "stl": times.steal,
        "memory_avai_bytes": memory.available, "memory_used_bytes": memory.total - memory.available,
        "swap_free_bytes": swap.free, "swap_used_bytes": swap.used,
        "load1_tasks": psutil.getloadavg()[0], "load15_tasks": psutil.getloadavg()[2]}
    if disks:
        found.update(disk_total_read_bytes_per_s=disks.read_bytes,
                     disk_total_writ_bytes_per_s=disks.write_bytes)
    for what in ("cpu", "memory", "io"):
        with suppress(OSError):
            found[f"psi_{what}_percent"] = stalled_us(what) * 1e-4      # percent of a second
    return found


class Looker(threading.Thread):
    """Looks again and again, and keeps when it began to."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(POLL_SECONDS):
            self.seen.append((time.time(), look()))

    def at(self, instant):
        """The last that was seen before it, and the first after it; both some time away, since
        neither look takes place at once."""
        before = [found for when, found in self.seen if when < instant - NEAR]
        after = [found for when, found in self.seen if when > instant + NEAR]
        return before[-1], after[0]

    def around(self, instant, name):
        return [found[name] for when, found in self.seen if abs(when - instant) < 2 * NEAR]


BUSY = """
import os, socket, tempfile, time
here, there = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
one = socket.create_connection(server.getsockname()); other, _ = server.accept()
with tempfile.TemporaryFile(dir=".") as file:
    print("going", flush=True)
    while True:
        one.sendall(bytes(20_000)); other.recv(1 << 20)
        file.write(bytes(50_000)); file.flush(); os.fsync(file.fileno())
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
        time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """(rows, what was seen meanwhile) while something of everything happens."""
    looker = Looker()
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE,
                          cwd=tmp_path_factory.mktemp("busy")) as busy:
        try:
            busy.stdout.readline()
            looker.start()
            time.sleep(3 * NEAR)
            done = subprocess.run(
                [*HZSTAT, str(DELAY), str(COUNT), "-cdnmlsyp", "--tcp", "--psi", "-N", "lo,total",
                 "--json", "-q"], env=environment(), capture_output=True, text=True, timeout=60,
                check=True)
            time.sleep(3 * NEAR)
        finally:
            looker.over.set()
            looker.join()
            busy.kill()
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == COUNT
    return rows, looker


def ended(row):
    text = row["time"]
    return datetime.fromisoformat(f"{text[:26]}+00:00").timestamp()


def bounds(looker, row, name):
    """The least and the most that a counter can have grown by in a row."""
    before, soon = looker.at(ended(row) - DELAY)
    late, after = looker.at(ended(row))
    return late[name] - soon[name], after[name] - before[name]


@pytest.mark.parametrize("name", [
    "sys_int_per_s", "sys_csw_per_s", "proc_new_per_s", "tcp_retr_per_s", "tcp_drop_per_s",
    "net_lo_recv_bytes_per_s", "net_lo_send_bytes_per_s", "net_total_recv_bytes_per_s",
    "disk_total_read_bytes_per_s", "disk_total_writ_bytes_per_s", "psi_cpu_percent",
    "psi_memory_percent", "psi_io_percent"])
def test_a_rate_is_what_others_counted_meanwhile(seen, name):
    rows, looker = seen
    if name not in looker.seen[0][1]:
        pytest.skip("this host has no such counter")
    for row in rows:
        least, most = bounds(looker, row, name)
        # A row is about its delay to a sampling period at each end; the rate is by measured time.
        assert 0.95 * least / DELAY <= row[name] <= 1.05 * most / DELAY + 1e-9
    if name in ("net_lo_recv_bytes_per_s", "proc_new_per_s", "sys_csw_per_s"):
        assert all(row[name] > 0 for row in rows)


@pytest.mark.parametrize("name", ["usr", "sys", "idl", "stl"])
def test_a_share_of_the_cpus_is_what_psutil_counted_meanwhile(seen, name):
    rows, looker = seen
    for row in rows:
        (least, most), (ticks, more_ticks) = (bounds(looker, row, each)
                                              for each in (name, "ticks"))
        step = 4 * psutil.cpu_count() * 0.01        # seconds: the counters' own steps
        shown = row[f"cpu_total_{name}_percent"] / 100
        assert (least - step) / more_ticks <= shown <= (most + step) / ticks


@pytest.mark.parametrize("name", ["memory_used_bytes", "memory_avai_bytes", "swap_used_bytes",
                                  "swap_free_bytes", "load1_tasks", "load15_tasks"])
def test_a_level_is_what_others_saw_about_then(seen, name):
    rows, looker = seen
    for row in rows:
        near = looker.around(ended(row), name)
        room = 64 << 20 if name.endswith("bytes") else 0.0051     # its own two decimals
        assert min(near) - room <= row[name] <= max(near) + room


def test_a_burst_is_never_less_than_the_average(seen):
    for row in seen[0]:
        for name in ("net_lo_recv", "disk_total_writ", "net_lo_send"):
            assert row[f"{name}_max_bytes_per_s"] >= row[f"{name}_bytes_per_s"] * 0.999
        busy = row["cpu_total_busy_max_percent"]
        assert 100 - row["cpu_total_idl_percent"] - row["cpu_total_wai_percent"] <= busy + 0.01


@pytest.mark.skipif(not os.path.exists("/proc/pressure/cpu"), reason="no pressure here")
def test_pressure_is_not_read_away():
    """Twice as many busy processes as CPUs, and a high rate: what is read too often loses it."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(2 * os.cpu_count())]
    try:
        done = subprocess.run([*HZSTAT, "1", "1", "-c", "--psi", "-r", "1000", "--json", "-v"],
                              env=environment(), capture_output=True, text=True, timeout=60,
                              check=True)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert "stat each 1 ms" in done.stderr
    assert "pressure/cpu each 250 ms" in done.stderr
    assert json.loads(done.stdout)["psi_cpu_percent"] > 50      # of 1000 reads a second: 14 to 35


def test_bits_are_eight_times_the_bytes():
    """In a second there are more of them than bytes in all the time that it took to run."""
    def carried():
        return psutil.net_io_counters(pernic=True, nowrap=False)["lo"].bytes_recv
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = socket.create_connection(server.getsockname())
        receiver, _ = server.accept()
    before = carried()
    command = [*HZSTAT, "1", "1", "-n", "-N", "lo", "--bits", "--json"]
    with sender, receiver, subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(),
                                            text=True) as process:
        while process.poll() is None:
            sender.sendall(bytes(50_000))
            receiver.recv(1 << 20)
            time.sleep(0.01)
        row = json.loads(process.stdout.read())
    most = carried() - before
    assert most < row["net_lo_recv_bits_per_s"] < 8 * 1.1 * most
    assert row["net_lo_recv_max_bits_per_s"] >= row["net_lo_recv_bits_per_s"]
