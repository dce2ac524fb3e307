"""The live /proc, read beside psutil, plain Python, and by itself."""
import os
from pathlib import Path

import numpy as np
import oracle
import psutil
import pytest

import hzstat
from hzstat._reader import FileReader

NEVER_FALL = ("user", "nice", "system", "irq", "softirq", "steal")  # idle and iowait may


def records(array):
    return [dict(zip(array.dtype.names, row, strict=True)) for row in array.tolist()]


def live(source):
    return oracle.SOURCES[source](Path("/proc", source).read_bytes())


def by(key, rows):
    return {row[key]: row for row in rows}


def assert_between(before, ours, after, key, fields):
    """Counters only grow: ours, read between two others, lies between them."""
    before, ours, after = (by(key, rows) for rows in (before, ours, after))
    for one in before.keys() & after.keys():    # what comes and goes meanwhile says nothing
        for field in fields:
            assert before[one][field] <= ours[one][field] <= after[one][field], (one, field)


def test_the_sources():
    assert set(hzstat.sources()) == set(oracle.SOURCES)
    assert hzstat.sources()[-5:] == ("cgroup/cgroup.stat", "cgroup/cpu.stat",
                                     "cgroup/cpuacct.usage_percpu", "cgroup/io.stat",
                                     "cgroup/memory.stat")


@pytest.mark.parametrize("source", [name for name in oracle.SOURCES
                                    if not name.startswith("cgroup")])
def test_live_files_are_what_the_oracle_says(source):
    """Every source that this host has: the same text by both ways."""
    pid = os.getpid() if source.startswith("PID") else None
    try:
        reader = hzstat.Reader(source, pid=pid)
    except hzstat.SourceUnavailable as failure:
        pytest.skip(str(failure))
    text = reader.text_now()
    wanted = oracle.SOURCES[source](text)
    rows = np.zeros(len(wanted) + 1, reader.dtype)
    assert reader.source.parse_into(text, rows) == (len(wanted), 0)
    assert records(rows[:-1]) == wanted


def test_live_vmstat_and_snmp_lie_between_two_plain_reads():
    for source, fields in (("vmstat", ["pgfault", "pgfree", "pgalloc_normal"]),
                           ("net/snmp", ["Ip.InReceives", "Tcp.InSegs", "Udp.InDatagrams"]),
                           ("net/netstat", ["IpExt.InOctets"])):
        before, ours, after = live(source), records(hzstat.read(source)), live(source)
        for field in fields:
            assert before[0][field] <= ours[0][field] <= after[0][field], field


def test_live_diskstats_lies_between_two_of_psutil():
    theirs = {"rd_ios": "read_count", "wr_ios": "write_count"}

    def counters():
        return [{"name": name.encode(), **{mine: getattr(one, other)
                                           for mine, other in theirs.items()}}
                for name, one in psutil.disk_io_counters(perdisk=True, nowrap=False).items()]
    before, ours, after = counters(), records(hzstat.read("diskstats")), counters()
    assert_between(before, ours, after, "name", theirs)


def test_a_cgroup_is_given_by_its_path():
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if Path(root, "cgroup.controllers").exists() and Path(root, "cpu.stat").exists():
            before = hzstat.read("cgroup/cpu.stat", root)
            at_the_top = hzstat.read("cgroup/cpu.stat")         # by default
            assert at_the_top["usage_usec"][0] >= before["usage_usec"][0] > 0
            return
    pytest.skip("no cgroup v2 here")


def test_live_stat_lies_between_two_plain_reads():
    before, ours, after = live("stat"), records(hzstat.read("stat")), live("stat")
    assert [row["cpu"] for row in ours] == [row["cpu"] for row in before]
    assert_between(before, ours, after, "cpu", NEVER_FALL)


def test_live_stat_lies_between_two_of_psutil():
    def ticks():
        return [[round(getattr(times, field) * os.sysconf("SC_CLK_TCK")) for field in NEVER_FALL]
                for times in (psutil.cpu_times(), *psutil.cpu_times(percpu=True))]
    before, ours, after = np.array(ticks()), hzstat.read("stat"), np.array(ticks())
    mine = np.stack([ours[field] for field in NEVER_FALL], axis=1).astype(np.int64)
    assert (before <= mine).all()
    assert (mine <= after).all()


def test_live_net_dev_lies_between_two_plain_reads():
    before, ours, after = live("net/dev"), records(hzstat.read("net/dev")), live("net/dev")
    assert_between(before, ours, after, "name", oracle.NET_COLUMNS)


def test_live_net_dev_lies_between_two_of_psutil():
    theirs = {"rx_bytes": "bytes_recv", "tx_bytes": "bytes_sent", "rx_packets": "packets_recv",
              "tx_packets": "packets_sent", "rx_errs": "errin", "tx_errs": "errout"}

    def counters():
        found = psutil.net_io_counters(pernic=True, nowrap=False)
        return [{"name": os.fsencode(name),
                 **{mine: getattr(one, other) for mine, other in theirs.items()}}
                for name, one in found.items()]
    before, ours, after = counters(), records(hzstat.read("net/dev")), counters()
    assert_between(before, ours, after, "name", theirs)


def test_live_meminfo_has_every_key_and_the_total():
    ours = hzstat.read("meminfo")
    assert ours.dtype.names == tuple(live("meminfo")[0])
    assert int(ours["MemTotal"][0]) * 1024 == psutil.virtual_memory().total


def test_live_loadavg_is_what_a_plain_read_gives():
    for _ in range(1000):       # until nothing has changed between two plain reads
        before, ours, after = live("loadavg"), records(hzstat.read("loadavg")), live("loadavg")
        if before == ours == after:
            break
    assert before == ours == after


def test_a_file_that_the_kernel_hands_out_by_the_page_is_read_whole():
    path = Path("/proc/kallsyms")       # megabytes, and a short read for each page of it
    if not path.exists():
        pytest.skip("this kernel has no /proc/kallsyms")
    before, ours, after = path.read_bytes(), FileReader(str(path)).text_now(), path.read_bytes()
    if before == after:                 # no module came or went
        assert ours == before
