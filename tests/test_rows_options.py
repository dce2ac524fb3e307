"""The options of rows: dstat's, and ours."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from running import HZSTAT, environment, hzstat, in_a_terminal, lines
from still import still

from hzstat.bench import texts
from hzstat.cli_columns import parsed
from hzstat.cli_rows import parser


@pytest.fixture
def root(tmp_path):
    return still(tmp_path)


def titles(line):
    return re.findall(r"-*([^-\[ ]\S*?)(?:\[\S+\])?-*(?: |$)", line)


@pytest.mark.parametrize(("flags", "expected"), [
    ("-a", "total-cpu dsk/total net/total load-avg memory time"),
    ("-tcn", "time total-cpu net/total"), ("-ntc", "net/total time total-cpu"),
    ("-cdsypmlTn", "total-cpu dsk/total swap system procs memory load-avg epoch net/total"),
    ("-cc -c --cpu", "total-cpu"), ("--mem --time --epoch", "memory time epoch"),
    ("--tcp --psi --sys --proc --swap --disk", "tcp psi system procs swap dsk/total"),
    ("-cdn --full", "cpu0 cpu1 dsk/sda dsk/sdb net/lo net/eth0"),
    ("-cdn -f -C total -N eth0", "total-cpu dsk/sda dsk/sdb net/eth0"),
    ("-d -D sda1,total,sdb", "dsk/sda1 dsk/total dsk/sdb"),
    ("-d -D all,total,sda", "dsk/sda dsk/sdb dsk/total"), ("-c -C all,0", "cpu0 cpu1")])
def test_groups_come_in_the_order_given(root, flags, expected):
    shown = lines("--root", root, *flags.split(), "0.05", "1")
    assert titles(shown[0]) == expected.split()
    assert len({len(line) for line in shown}) == 1


def test_the_columns_are_dstats(root):
    _, heads, row = lines("--root", root, "-dsyp", "--tcp", "--psi", "-Tm", "0.05", "1",
                          "--burst", "none")
    assert [part.split() for part in heads.split("|")] == [
        ["read", "writ"], ["used", "free"], ["int", "csw"], ["run", "blk", "new/s"],
        ["retr", "drop"], ["cpu", "mem", "io"], ["epoch"], ["used", "avai"]]
    assert [part.split() for part in row.split("|")][:6] == [
        ["0B", "0B"], ["1.0M", "1.0M"], ["0", "0"], ["2", "2", "0"], ["0", "0"], ["0", "0", "0"]]


def test_the_unit_stands_in_the_header(root):
    head, heads, _ = lines("--root", root, "-cdnmsyplT", "--tcp", "--psi", "0.05", "1")
    assert re.findall(r"\[(\S+?)\]", head) == ["%", "B/s", "B/s", "B", "B", "1/s", "s", "1/s", "%"]
    assert "new/s" in heads
    bits = lines("--root", root, "-nd", "--bits", "0.05", "1")
    assert "net/total[bit/s]" in bits[0]
    assert "dsk/total[B/s]" in bits[0]
    assert re.findall(r"\S+", bits[2].replace("|", " ")) == ["0b"] * 4 + ["0B"] * 4


@pytest.mark.parametrize(("given", "headings"), [
    ("max,p99", ["max", "p99"]), ("min", ["min"]), ("none", []), ("p50,p99.9,max",
                                                                 ["p50", "p99.9", "max"])])
def test_bursts_for_each_group(root, given, headings):
    shown = lines("--root", root, "-cdnmlsyp", "--tcp", "--psi", "--burst", given, "0.05", "1")
    assert len({len(line) for line in shown}) == 1
    parts = [part.split() for part in shown[1].split("|")]
    assert parts[0] == ["usr", "sys", "idl", "wai", "stl", *headings]
    assert parts[1] == ["read", *headings, "writ", *headings]
    for part in parts:
        assert [part.count(heading) for heading in headings] == [part.count(headings[0])
                                                                 for _ in headings]
        assert not headings or part.count(headings[0]) >= 1


def test_float_shows_more_digits(root):
    assert "6.0G" in lines("--root", root, "-m", "0.05", "1")[-1]
    assert "6.00G" in lines("--root", root, "-m", "--float", "0.05", "1")[-1]


def test_times(root):
    plain = lines("--root", root, "-tT", "1", "1")
    fine = lines("--root", root, "-tT", "0.25", "2")
    assert re.fullmatch(r"[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d\|\d{10}", plain[-1])
    stamps = [float(line.split("|")[1]) for line in fine[2:]]
    quarters = (stamps[1] - stamps[0]) / 0.25       # more than one where the machine was busy
    assert round(quarters) >= 1
    assert quarters == pytest.approx(round(quarters))
    assert re.fullmatch(r"[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d\.\d\d\|\d{10}\.\d\d", fine[-1])
    assert len(lines("-t", "0.05", "2")) == 4           # of nothing else


def test_delay_and_count_may_stand_anywhere(root):
    for words in ("-l 0.05 2", "0.05 2 -l", "0.05 -l 2", "-N lo 0.05 -ln 2", "0.05 --load 2 -m"):
        assert len(lines("--root", root, *words.split())) == 2 + 2


def test_a_count_may_be_written_as_a_float(root):
    assert len(lines("--root", root, "0.05", "3.0")) == 2 + 3


def test_the_header_may_come_once(root):
    shown = in_a_terminal("--root", root, "0.02", "9", "-l", "--noheaders", height=6).splitlines()
    assert [number for number, line in enumerate(shown) if "load-avg" in line] == [0]
    assert "\x1b" not in in_a_terminal("--root", root, "0.02", "1", "-l", "--nocolor")


@pytest.mark.parametrize("flags", ["-g", "-cdngy", "-i", "-I 5,eth2", "-S swap1,total", "--page",
                                   "--io", "--vmstat", "--top-cpu", "--top-bio-adv", "--fs",
                                   "--filesystem", "--aio", "--udp", "--unix", "--integer", "--bw",
                                   "--noupdate", "--zfs-arc", "--disk-util", "--cpu-adv",
                                   "--vm-adv", "--nfs3-ops", "-M all", "--black-on-white", "-V",
                                   "--swap-old", "--defaults", "--color16", "--battery-remain"])
def test_of_dstats_other_flags_it_is_told_what_is_nearest(flags, capsys):
    with pytest.raises(SystemExit, match="2"):
        parsed(parser(), [*flags.split(), "1", "1"])
    shown, said = capsys.readouterr()
    word = "-g" if flags == "-cdngy" else flags.split()[0]
    assert shown == ""
    assert re.fullmatch(rf"hzstat: {word} is dstat's: .+; see hzstat --help\n", said)


def test_the_list_tells_all_columns():
    shown = "\n".join(lines("--list"))
    for word in ("-c --cpu", "--psi", "[-D sda,total]", "MemTotal - MemAvailable", "B/s",
                 "from pressure/cpu, pressure/memory, pressure/io", "from net/snmp, net/netstat"):
        assert word in shown


@pytest.mark.parametrize(("arguments", "words"), [
    (["-c", "-D", "sda"], "-D is of no use without -d"), (["-d", "-D", "sdz"], "no disk 'sdz'"),
    (["-m", "--bits"], "--bits is of no use without -n"),
    (["-m", "--full"], "--full is of no use without"),
    (["--burst", "avg"], "give max, min, or a percentile"), (["--burst", "p0"], "percentile"),
    (["--burst", "pnan"], "percentile"), (["--burst", ""], "percentile"),
    (["-C", ""], "no CPU ''"), (["--force"], "--force is of no use"),
    (["-o", ""], "-o: give the name of a file"),
    (["1", "1", "1"], "unrecognized arguments: 1"), (["1", "-c", "x"], "count: 'x': give a whole"),
    (["1", "1", "-c", "1"], "unrecognized arguments: 1")])
def test_misuse(root, arguments, words):
    done = hzstat("--root", root, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_what_does_not_fit_is_left_out_and_told(root):
    """First the bursts, unless somebody asked for them, then the groups at the end."""
    quick = ("--root", root, "0.05", "2", "--color=never")
    whole = lines(*quick, "-cdnlmt")            # in a pipe all of it
    assert len(titles(whole[0])) == 6
    assert whole[1].count("max") == 5
    shown = in_a_terminal(*quick, "-cdnlm").splitlines()
    assert shown[0] == ("hzstat: 80 columns are too few for 98, so bursts are left out; make the "
                        "terminal wider, or ask for less")
    head, names, *rows = shown[-4:]
    assert titles(head) == ["total-cpu", "dsk/total", "net/total", "load-avg", "memory"]
    assert "max" not in names
    assert {len(line) for line in (head, names, *rows)} == {76}
    for flags, left in (("-cdnlmt", "total-cpu dsk/total net/total load-avg memory"),
                        ("-cdnlm --burst max", "total-cpu dsk/total net/total")):
        shown = in_a_terminal(*quick, *flags.split()).splitlines()[-4:]
        assert titles(shown[0].removesuffix(">")) == left.split()
        assert all(line.endswith(">") and len(line) <= 80 for line in shown)


def test_every_cpu_disk_and_interface_of_a_large_machine(root):
    """In a pipe all of them, in a terminal a note that is no longer than it helps."""
    (root / "stat").write_bytes(texts.many_cpus(512, intr=9))
    (root / "net" / "dev").write_bytes(texts.many_interfaces(200))
    (root / "diskstats").write_bytes(texts.many_disks(100))
    shown = lines("--root", root, "0.2", "2", "-cnd", "--full")
    assert len(titles(shown[0])) == 512 + 200 + 100
    assert len({len(line) for line in shown}) == 1
    told, *shown = in_a_terminal("--root", root, "0.2", "1", "-cnd", "--full", "--color=never",
                                 width=1000).splitlines()[-4:]
    assert told.startswith("hzstat: 1000 columns are too few for ")
    assert re.search(r"so bursts, (cpu\d+\[%\], ){15}\d+ more are left out; ", told)
    done = hzstat("--root", root, "-c", "-C", "512")
    assert done.stderr.startswith("hzstat: no CPU '512': there are 0, 1, 2, ")
    assert "15, 496 more and total" in done.stderr
    assert all(line.endswith(">") and len(line) <= 1000 for line in shown)


def test_a_terminal_that_does_not_know_its_size(root):
    shown = in_a_terminal("--root", root, "-cdnlmt", "0.05", "3", "--color=never", height=0,
                          width=0).splitlines()
    assert len(titles(shown[0])) == 6
    assert len(shown) == 2 + 3


def test_a_terminal_that_is_made_narrower(root):
    ours, theirs = pty.openpty()

    def columns(number):
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, number, 0, 0))

    def until(wanted):
        shown = b""
        while not re.search(wanted, shown):
            shown += os.read(ours, 4096)
        return shown.decode().splitlines()
    columns(120)
    with subprocess.Popen([*HZSTAT, "--root", str(root), "0.05", "-cdnlm", "--color=never"],
                          stdin=theirs, stdout=theirs, stderr=theirs,
                          env=environment()) as process:
        try:
            assert "memory[B]" in until(rb"6.0G")[0]
            columns(60)
            shown = until(rb"dsk/total.*\n.*\n.*>\r\n.*>\r\n")
            assert any(line.startswith("hzstat: 60 columns are too few for 98, so bursts, ")
                       for line in shown)
            assert all(len(line) <= 60 for line in shown[-2:])
            columns(120)
            assert "memory[B]" in "".join(until(rb"memory.*\n.*\n.*6.0G"))
        finally:
            process.terminate()
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(("flags", "each"), [
    (["-r", "1000", "1", "1"], "250 ms"), (["0.1", "2"], "50 ms"),
    (["2", "--burst", "p99", "1"], "50 ms"), (["-r", "pressure/cpu=10", "0.5", "1"], "100 ms"),
    (["0.01", "20"], "50 ms")])
def test_pressure_is_read_as_often_as_it_bears(root, flags, each):
    done = hzstat("--root", root, "--psi", *flags, "-v")
    assert done.returncode == 0
    assert f"pressure/cpu each {each}" in done.stderr
    assert "loses" not in done.stderr
    assert "0" in {line.split()[0] for line in done.stdout.splitlines()}


def test_who_reads_pressure_more_often_is_told(root):
    done = hzstat("--root", root, "--psi", "-r", "pressure/cpu=1000", "0.1", "1")
    assert done.returncode == 0
    assert done.stderr == ("hzstat: pressure/cpu loses what it counts where it is read 1000 times "
                           "a second, for all who read it: 20 are what it bears\n")
    done = hzstat("--root", root, "--psi", "-r", "pressure/cpu=1", "0.1", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "less than one sample of pressure/cpu" in done.stderr


def test_a_group_that_is_missing_shows_dashes_and_one_note(root):
    for name in ("cpu", "memory", "io"):
        (root / "pressure" / name).unlink()
    done = hzstat("--root", root, "-c", "--psi", "0.05", "1")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].split("|")[1].split() == ["-"] * 3
    paths = ", ".join(f"{root}/pressure/{name}" for name in ("cpu", "memory", "io"))
    assert done.stderr == (f"hzstat: {paths}: No such file or directory; needs a kernel with "
                           "CONFIG_PSI, and psi=1 at boot where that is off by default\n")


def test_color_alone_forces_colours_as_dstats_does(root):
    assert parsed(parser(), ["--color", "-c"]).color == "always"
    assert "\033[" in hzstat("--root", root, "-l", "0.05", "1", "--color").stdout


def test_whoever_takes_r_for_dstats_is_told(root):
    for words in (["-cdr", "1", "1", "1"], ["-cd", "-r", "10", "0.1", "1"]):
        told = hzstat("--root", root, *words).stderr
        assert "takes one sample in a row" in told
        assert "dstat's -r" in told
    for words in (["-cdr", "20", "0.1", "1"], ["-cd", "--burst", "none", "-r", "1", "1", "1"]):
        assert hzstat("--root", root, *words).stderr == ""
