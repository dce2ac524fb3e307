"""What was sampled is what others read: psutil, sockets, reads before and after."""
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from sampling import fresh

import hzstat

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


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
