"""Every text that a table file has been seen to hold, and every way to break it.

Whole records are compared with the oracle: for texts that hypothesis makes, for texts with one
byte wrong, and for what is known to have broken other parsers.
"""

import oracle
import pytest
from texts import HEAD, SIXTEEN, TOO_LARGE, records, said, text_of, truth

import hzstat
from hzstat.bench import texts as machines

# What has broken other parsers (design: "Real /proc text that breaks parsers"), row by row

def test_a_cpu_is_known_by_its_printed_number():
    assert hzstat.parse("stat", text_of("offline-cpus", "stat"))["cpu"].tolist() == [-1, 0, 1, 3]


@pytest.mark.parametrize("columns", [4, 7, 8, 9, 10, 11, 14])
def test_missing_columns_are_absent_and_further_ones_ignored(columns):
    text = b"cpu " + b" ".join(b"%d" % n for n in range(1, columns + 1)) + b"\n"
    row, = records(hzstat.parse("stat", text))
    known = min(columns, 10)
    present = [name for bit, name in enumerate(row) if row["present"] >> bit & 1]
    assert present == ["cpu", *oracle.CPU_COLUMNS[:known]]
    assert [row[name] for name in present[1:]] == [*range(1, known + 1)]


def test_an_intr_line_of_any_length_is_passed_over():
    text = b"cpu 1 2 3 4\nintr" + 200_000 * b" 0" + b"\nctxt 5\n"
    assert hzstat.parse("stat", text)["idle"].tolist() == [4]


def test_btime_may_be_missing_or_negative():
    assert said("stat", b"cpu 1 2 3 4\n") == said("stat", b"cpu 1 2 3 4\nbtime -5\n")


@pytest.mark.parametrize("name", [
    b"eth0", b"bond0:1", b"::", b"x\x1b[31my", b"a.b@c-d", b"\"'`$", "kärnten".encode(), b"\xff",
    b"a23456789012345", b"16_bytes_are_fit", b"|"])
@pytest.mark.parametrize("gap", [b" ", b""], ids=["space", "tight"])
def test_the_last_colon_ends_a_name(name, gap):
    text = HEAD + b"  " + name + b":" + gap + SIXTEEN.lstrip()
    row, = records(hzstat.parse("net/dev", text))
    assert list(row.values()) == [name, *range(1, 17)]


def test_no_interfaces_are_no_rows():
    assert said("net/dev", HEAD) == []


def test_a_thousand_interfaces(tmp_path):
    text = HEAD + b"".join(b"veth%d:" % n + b" %d" % n * 16 + b"\n" for n in range(1000))
    rows = hzstat.parse("net/dev", text)
    assert rows["name"].tolist() == [b"veth%d" % n for n in range(1000)]
    assert rows["tx_compressed"].tolist() == list(range(1000))
    (tmp_path / "net").mkdir()
    (tmp_path / "net/dev").write_bytes(text)
    assert hzstat.read("net/dev", tmp_path).tolist() == rows.tolist()


def test_loadavg_is_as_printed():
    assert said("loadavg", b"0.00 0.00 0.00 0/777 819244\n") == [
        {"load1": 0, "load5": 0, "load15": 0, "running": 0, "total": 777, "last_pid": 819244}]


@pytest.mark.parametrize(("columns", "present"), [
    (4, {"rd_ios": 1, "rd_sectors": 2, "wr_ios": 3, "wr_sectors": 4}),
    *((columns, {field: i for i, field in enumerate(oracle.DISK_COLUMNS[:columns], 1)})
      for columns in range(5, 20))])
def test_diskstats_goes_by_the_count_of_its_columns(columns, present):
    text = b"   8       0 sda" + b"".join(b" %d" % n for n in range(1, columns + 1)) + b"\n"
    row, = records(hzstat.parse("diskstats", text))
    assert {name: row[name] for bit, name in enumerate(row)
            if row["present"] >> bit & 1} == {"major": 8, "minor": 0, "name": b"sda", **present}


def test_diskstats_of_linux_2_4_has_blocks_before_the_name():
    row, = records(hzstat.parse("diskstats", b"3 0 39082680 hda" + SIXTEEN[:21] + b" 11\n"))
    assert (row["name"], row["rd_ios"], row["queue_ms"]) == (b"hda", 1, 11)


def test_pressure_without_full_has_one_row():
    rows = records(hzstat.parse("pressure/cpu", text_of("linux-5.4-ubuntu-20.04", "pressure/cpu")))
    assert [row["kind"] for row in rows] == [b"some"]


@pytest.mark.parametrize("comm", [b"Plex Media Serv", b"a) S 1 (b", b"x\ny", b"", 64 * b"a",
                                  b"\x1b[31m", b"\xff"])
def test_a_comm_lies_between_the_first_and_the_last_parenthesis(comm):
    row, = records(hzstat.parse("PID/stat", b"1591 (" + comm + b") S" + RSS))
    assert (row["pid"], row["comm"], row["state"], row["rss"]) == (1591, comm, b"S", 1)
    assert row["present"] == 2 ** 24 - 1


def test_io_stat_of_linux_5_1x_has_devices_without_values():
    rows = records(hzstat.parse("cgroup/io.stat", b"7:1 7:0 8:0 rbytes=5 wios=6 x=max\n7:2 "))
    assert [(row["major"], row["minor"], row["rbytes"], row["wios"], row["present"])
            for row in rows] == [(7, 1, 0, 0, 3), (7, 0, 0, 0, 3), (8, 0, 5, 6, 0b100111),
                                 (7, 2, 0, 0, 3)]


def test_no_io_is_no_rows(tmp_path):
    (tmp_path / "io.stat").touch()
    assert len(hzstat.parse("cgroup/io.stat", b"")) == 0
    assert len(hzstat.read("cgroup/io.stat", tmp_path)) == 0


def test_schedstat_version_14_has_three_columns_more():
    old = b"version 14\ntimestamp 1\ncpu0 91 92 93" + SIXTEEN[:18] + b"\ndomain0 1 2\n"
    new = b"version 17\ntimestamp 1\ncpu0" + SIXTEEN[:18] + b"\ndomain0 MC 1 2\n"
    assert said("schedstat", old) == said("schedstat", new) == [
        {"cpu": 0, "yld_count": 1, "sched_switch": 2, "sched_count": 3, "sched_goidle": 4,
         "ttwu_count": 5, "ttwu_local": 6, "run_ns": 7, "wait_ns": 8, "timeslices": 9}]


def test_the_counters_below_the_cpus_are_the_totals_alone():
    rows = hzstat.parse("stat", b"cpu 1 2 3 4\ncpu0 1 2 3 4\nintr 7 1 2\nctxt 8\nsoftirq 9 1 2\n")
    assert rows[["intr", "ctxt", "softirqs", "btime"]].tolist() == [(7, 8, 9, 0), (0, 0, 0, 0)]
    assert [int(present) >> 11 for present in rows["present"]] == [0b1000011, 0]


@pytest.mark.parametrize(("source", "text"), [
    ("stat", machines.many_cpus(512, 40_000, gaps=True)),
    ("net/dev", machines.many_interfaces(1000)),
    ("softirqs", machines.many_cpus_softirqs(512)), ("schedstat", machines.many_cpus_schedstat(64)),
    ("diskstats", machines.many_disks(100))], ids=["stat", "net_dev", "softirqs", "schedstat",
                                                   "diskstats"])
def test_large_machines(source, text):
    assert said(source, text) == truth(source, text)
    for at in range(11, len(text), len(text) // 7):
        assert said(source, text[:at]) == truth(source, text[:at])
        changed = text[:at] + b"x" + text[at + 1:]
        assert said(source, changed) == truth(source, changed)


# What is broken, and where

# PID/stat from ppid to rss, and from the second column to there.
RSS = b" 1" * 21 + b"\n"

BROKEN = [
    ("stat", b"", 0),
    ("stat", b"\n", 0),
    ("stat", b"intr 1\n", 0),
    ("stat", b"cpu 1 2 3 4", 11),                       # cut before its end
    ("stat", b"cpu 1 2 3\n", 9),                        # too few columns
    ("stat", b"cpu\n", 3),
    ("stat", b"cpu 1 2 3 -4\n", 10),
    ("stat", b"cpu 1 2 3 4x\n", 11),
    ("stat", b"cpu 1 2 3 4\0\n", 11),
    ("stat", b"cpu 1 2\t3 4\n", 7),
    ("stat", b"cpu 1 2 3 4 5 6 7 8 9 10 x\n", 25),      # ignored, but a number all the same
    ("stat", b"cpu 1 2 3 " + TOO_LARGE + b"\n", 10),
    ("stat", b"cpu 1 2 3 4\ncpux 1 2 3 4\n", 15),
    ("stat", b"cpu 1 2 3 4\ncpu0\t1 2 3 4\n", 16),
    ("stat", b"cpu 1 2 3 4\ncpu0 1 2 3 4\nint", 28),
    ("stat", b"cpu2147483648 1 2 3 4\n", 3),
    ("net/dev", b"", 0),
    ("net/dev", b"Inter-|", 7),
    ("net/dev", b"Inter-\n", 0),
    ("net/dev", b"Inter-|\n", 8),
    ("net/dev", b"Inter-|\n face\n", 8),
    ("net/dev", HEAD + b"\n", len(HEAD)),
    ("net/dev", HEAD + b"  lo" + SIXTEEN, len(HEAD) + 2),
    ("net/dev", HEAD + b"  :" + SIXTEEN, len(HEAD) + 2),
    ("net/dev", HEAD + b" 17_bytes_are_long:" + SIXTEEN, len(HEAD) + 1),
    ("net/dev", HEAD + b" l\0o:" + SIXTEEN, len(HEAD) + 1),
    ("net/dev", HEAD + b"lo: 1 2\n", len(HEAD) + 7),
    ("net/dev", HEAD + b"lo:" + SIXTEEN[:-1], len(HEAD + SIXTEEN) + 2),
    ("net/dev", HEAD + b"lo: 1 -2\n", len(HEAD) + 6),
    ("net/dev", HEAD + b"lo: 1 2x\n", len(HEAD) + 7),
    ("net/dev", HEAD + b"lo: " + TOO_LARGE + SIXTEEN, len(HEAD) + 4),
    ("net/dev", HEAD + b"lo:" + SIXTEEN + b"eth0: 1", len(HEAD + SIXTEEN) + 10),
    ("loadavg", b"", 0),
    ("loadavg", b"0.00 0.00 0.00 0/777", 20),
    ("loadavg", b"0.00 0.00 0.00 0/777 5", 22),
    ("loadavg", b"0,00 0.00 0.00 0/777 5\n", 1),
    ("loadavg", b"0. 0.00 0.00 0/777 5\n", 2),
    ("loadavg", b"-0.1 0.00 0.00 0/777 5\n", 0),
    ("loadavg", b"0.00  0.00 0.00 0/777 5\n", 5),
    ("loadavg", b"0.00 0.00 0.00 0-777 5\n", 16),
    ("loadavg", b"0.00 0.00 0.00 0/777 5 \n", 22),
    ("loadavg", TOO_LARGE + b".00 0.00 0.00 0/777 5\n", 0),
    ("loadavg", b"0.00 0.00 0.00 0/777 " + TOO_LARGE + b"\n", 21),
    ("loadavg", b"0.00 18446744073709551615.00 0.00 0/777 5\n", 5),
    ("loadavg", b"0.000000000000000000000 0.00 0.00 0/777 5\n", 0),
    ("diskstats", b"", 0),
    ("diskstats", b"\n", 0),
    ("diskstats", b"8 0 sda 1 2 3 4", 15),
    ("diskstats", b"8 0 sda 1 2 3\n", 13),
    ("diskstats", b"8 0 sda 1 2 3 x\n", 14),
    ("diskstats", b"8 0 sda 1 2 3 4\0\n", 15),                  # NE#392
    ("diskstats", b"8 0 s\0da 1 2 3 4\n", 4),
    ("diskstats", b"\0 0 sda 1 2 3 4\n", 0),
    ("diskstats", b"8 -1 sda 1 2 3 4\n", 2),
    ("diskstats", b"8x 0 sda 1 2 3 4\n", 1),
    ("diskstats", b"8 0\n", 3),
    ("diskstats", b"8 0 sda\n", 7),
    ("diskstats", b"8 0 a23456789012345678901234567890123 1 2 3 4\n", 4),
    ("diskstats", b"8 0 sda 1 2 3 4 " + TOO_LARGE + b"\n", 16),
    ("diskstats", b"8 0 sda" + b" 1" * 17 + b" x\n", 42),        # ignored, but a number
    ("diskstats", b"8 0 sda 1 2 3 4\n8 1 sda1 1 2 3\n", 30),
    ("uptime", b"", 0),
    ("uptime", b"1.00\n", 4),
    ("uptime", b"1.00 2.00", 9),
    ("uptime", b"1.00 2.00 x", 11),
    ("uptime", b"1.00  2.00\n", 5),
    ("uptime", b"1 2.00\n", 1),
    ("PID/statm", b"1 2 3 4 5 6\n", 11),
    ("PID/statm", b"1 2 3 4 5 6 -7\n", 12),
    ("PID/statm", b"1 2 3 4 5 6 7x\n", 13),
    ("PID/schedstat", b"1 " + TOO_LARGE + b" 3\n", 2),
    ("pressure/cpu", b"", 0),
    ("pressure/cpu", b"\n", 0),
    ("pressure/cpu", b"some avg10=0.00 avg60=0.00 avg300=0.00 total=0", 46),
    ("pressure/cpu", b"some avg10=0.00 avg60=0.00 avg300=0.00 total=0x\n", 46),
    ("pressure/cpu", b"some avg10=0.00 avg60=0.00 avg300=0.00\n", 38),
    ("pressure/cpu", b"some avg10=0.00 avg60=0,00 avg300=0.00 total=0\n", 23),
    ("pressure/cpu", b"some avg1=0.00 avg60=0.00 avg300=0.00 total=0\n", 4),
    ("pressure/cpu", b"sometimes avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", 0),
    ("pressure/cpu", b"some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull\n", 51),
    ("schedstat", b"", 0),
    ("schedstat", b"versiom 15\n", 0),
    ("schedstat", b"version 13\n", 8),
    ("schedstat", b"version x\n", 8),
    ("schedstat", b"version 15\ncpu0 1 2 3 4 5 6 7 8 9", 33),
    ("schedstat", b"version 15\ncpu0 1 2 3 4 5 6 7 8\n", 31),
    ("schedstat", b"version 14\ncpu0 1 2 3 4 5 6 7 8 9\n", 33),
    ("schedstat", b"version 15\ncpu 1 2 3 4 5 6 7 8 9\n", 14),
    ("schedstat", b"version 15\ncpu2147483648 1 2 3 4 5 6 7 8 9\n", 14),
    ("softirqs", b"", 0),
    ("softirqs", b"\n", 0),
    ("softirqs", b" CPUx\n", 1),
    ("softirqs", b" CPU0 CPU2147483648\n", 6),
    ("softirqs", b" CPU0 CPU1\nHI: 1\n", 16),
    ("softirqs", b" CPU0 CPU1\nHI: 1 2 3\n", 19),
    ("softirqs", b" CPU0\n HI 1\n", 7),
    ("softirqs", b" CPU0\n : 1\n", 7),
    ("softirqs", b" CPU0\n\n", 6),
    ("softirqs", b" CPU0\nHI: 1", 11),
    ("cgroup/io.stat", b"\n", 0),
    ("cgroup/io.stat", b"8:0 rbytes=1", 12),
    ("cgroup/io.stat", b"8:0 rbytes=1 ", 13),
    ("cgroup/io.stat", b"8 rbytes=1\n", 0),
    ("cgroup/io.stat", b"8:0 rbytes=\n", 11),
    ("cgroup/io.stat", b"8:0 rbytes=1x\n", 12),
    ("cgroup/io.stat", b"8:0 rbytes=-1\n", 11),
    ("cgroup/io.stat", b"8:0 rbytes=1\nrios=2\n", 13),
    ("cgroup/io.stat", b"8:0 rbytes=" + TOO_LARGE + b"\n", 11),
    ("cpuidle", b"", 0),
    ("cpuidle", b"\n", 0),
    ("cpuidle", b"cpu0/cpuidle/state0/time:5", 26),
    ("cpuidle", b"cpu0/cpuidle/state0/time:5 \n", 26),
    ("cpuidle", b"cpu0/cpuidle/state0/time:\n", 25),
    ("cpuidle", b"cpu0/cpuidle/state0/usage:5\n", 19),
    ("cpuidle", b"cpu2147483648/cpuidle/state0/time:5\n", 3),
    ("cpuidle", b"cpu0/cpuidle/state0/time:1\ncpu0/cpuidle/state1/time:18446744073709551615\n", 52),
    ("cgroup/cpuacct.usage_percpu", b"", 0),
    ("cgroup/cpuacct.usage_percpu", b"\n", 0),
    ("cgroup/cpuacct.usage_percpu", b"1 2 ", 4),
    ("cgroup/cpuacct.usage_percpu", b"1 2", 3),
    ("cgroup/cpuacct.usage_percpu", b"1 -2\n", 2),
    ("cgroup/cpuacct.usage_percpu", b"1 " + TOO_LARGE + b"\n", 2),
    ("PID/stat", b"", 0),
    ("PID/stat", b"1 cat) S" + RSS, 1),
    ("PID/stat", b"1 (cat S" + RSS, 3),
    ("PID/stat", b"1 (c\0t) S" + RSS, 3),
    ("PID/stat", b"1 (" + 65 * b"a" + b") S" + RSS, 3),
    ("PID/stat", b"1 (cat)S" + RSS, 7),
    ("PID/stat", b"1 (cat) ", 8),
    ("PID/stat", b"1 (cat) S 1 2 3\n", 15),
    ("PID/stat", b"1 (cat) S" + RSS[:-1], 51),
    ("PID/stat", b"1 (cat) S 9223372036854775808" + RSS, 10),       # ppid is signed
    ("PID/stat", b"1 (cat) S -9223372036854775809" + RSS, 10),
    ("PID/stat", b"1 (cat) S 1 -" + RSS, 13),
    ("PID/stat", b"1 (cat) S 1 2 3 4 5 -6" + RSS, 20),              # flags are not
]


@pytest.mark.parametrize(("source", "text", "offset"), BROKEN)
def test_broken(source, text, offset):
    assert truth(source, text) == offset
    assert said(source, text) == offset


def test_an_error_says_where_and_what_was_expected():
    with pytest.raises(hzstat.ParseError, match=r"^stat: expected a digit at byte 10$"):
        hzstat.parse("stat", b"cpu 1 2 3 x\n")


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match="no source 'no/such'"):
        hzstat.parse("no/such", b"")


@pytest.mark.parametrize("name", [b"lo: 3", b"a b", b"a\tb", b"a/b", b"a\r", b"a\nb"])
def test_no_interface_has_a_name_that_the_kernel_refuses(name):
    text = HEAD + b"  " + name + b":" + SIXTEEN
    assert said("net/dev", text) == truth("net/dev", text) == len(HEAD) + 2
