"""`hzstat`: its rows, as a person at a terminal or a pipe gets them."""
import os
import re
import subprocess

import pytest
from running import HZSTAT, environment, hzstat, in_a_terminal, lines
from still import FILES, still

ESC = "\x1b"
GROUPS = {"stat": (0, 6), "meminfo": (1, 2), "net/dev": (2, 4), "loadavg": (3, 3)}


@pytest.fixture
def root(tmp_path):
    return still(tmp_path, FILES)


# -- rows --------------------------------------------------------------------------------------

def test_rows_in_a_pipe():
    shown = lines("0.1", "3")
    assert len(shown) == 2 + 3
    assert ESC not in "".join(shown)
    assert len({len(line) for line in shown}) == 1
    assert re.fullmatch(r"-+total-cpu\[%\]-+ -+memory\[B\]-+ -+net/total\[B/s\]-+ "
                        r"-+load-avg-+", shown[0])
    assert shown[1].split("|") == ["usr sys idl wai stl max", " used  avai",
                                   " recv   max  send   max", "  1m   5m  15m"]
    for line in shown[2:]:
        cpu, memory, net, load = line.split("|")
        assert [len(group.split()) for group in (cpu, memory, net, load)] == [6, 2, 4, 3]
        assert all(re.fullmatch(r"\d+(\.\d)?[BkMGTPE]", size) for size in (memory + net).split())


def test_the_shares_add_up_to_all():
    for line in lines("0.2", "3", "-c")[2:]:
        numbers = line.split()
        if "-" not in numbers:
            assert sum(map(int, numbers[:5])) == pytest.approx(100, abs=2.5)


def test_the_first_row_is_not_about_the_time_since_boot(root):
    """These counters stand still: no share of anything, and no byte, whatever they stand at."""
    for line in lines("--root", root, "0.1", "2")[2:]:
        cpu, memory, net, load = line.split("|")
        assert cpu.split() == ["-"] * 6
        assert memory.split() == ["6.0G", "2.0G"]
        assert net.split() == ["0B"] * 4
        assert load.split() == ["0.50", "12.2", "345"]


@pytest.mark.parametrize(("flags", "titles"), [
    (["-c"], ["total-cpu"]), (["-m"], ["memory"]), (["-n"], ["net/total"]), (["-l"], ["load-avg"]),
    (["-lc"], ["load-avg", "total-cpu"]), (["--memory", "--net"], ["memory", "net/total"]),
    (["-c", "-C", "0,total"], ["cpu0", "total-cpu"]),
    (["-n", "-N", "total,lo,eth0"], ["net/total", "net/lo", "net/eth0"])])
def test_groups_are_chosen(root, flags, titles):
    head, _, row = lines("--root", root, "0.05", "1", *flags)
    assert re.findall(r"-*([^-\[ ]\S*?)(?:\[\S+\])?-*(?: |$)", head) == titles
    assert row.count("|") == len(titles) - 1


def test_jobs_and_rate_are_taken(root):
    assert len(lines("--root", root, "0.2", "1", "-r", "500", "-j", "1")) == 3
    assert len(lines("--root", root, "0.2", "1", "--rate=10", "--jobs=9")) == 3


@pytest.mark.parametrize(("flags", "words"), [
    (["-c", "-r", "net/dev=100,stat=100"], "net/dev=… is of no use, as net/dev isn't shown"),
    (["-m", "-C", "0"], "-C is of no use without -c"), (["-c", "-N", "lo"], "-N is of no use"),
    (["-n", "--cpu-source", "auto"], "--cpu-source is of no use without -c")])
def test_what_would_be_ignored_is_refused(root, flags, words):
    done = hzstat("--root", root, *flags, "0.1", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


# -- terminals ---------------------------------------------------------------------------------

def test_colours(root):
    quick = ("--root", root, "0.05", "1")
    assert ESC in in_a_terminal(*quick)
    assert ESC not in in_a_terminal(*quick, NO_COLOR="1")
    assert ESC not in in_a_terminal(*quick, TERM="dumb")
    assert ESC not in in_a_terminal(*quick, "--color=never")
    assert ESC in in_a_terminal(*quick, "--color=always", NO_COLOR="1")
    assert ESC in "".join(lines(*quick, "--color", "always"))


def test_colours_take_no_room(root):
    shown = [re.sub(r"\x1b\[\d+m", "", line) for line in lines("0.1", "2", "--color=always")]
    assert len({len(line) for line in shown}) == 1


def test_the_header_comes_again_once_per_screenful(root):
    shown = in_a_terminal("--root", root, "0.02", "9", "-l", height=6).splitlines()
    heads = [number for number, line in enumerate(shown) if "load-avg" in line]
    assert heads == [0, 5, 10]          # with 3 rows each, and a line for the cursor
    assert len(shown) == 9 + 3 * 2


def test_a_name_cannot_disturb_the_terminal(root):
    name = "\x1b[2Jx\x9b\u202e\udcff"
    with (root / "net/dev").open("ab") as file:
        file.write(os.fsencode(f"{name}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"))
    quick = ("--root", root, "0.05", "1", "-n", "--color=never")
    for shown in (in_a_terminal(*quick, "-N", name), hzstat(*quick, "-N", "none").stderr):
        assert r"\x1b" in shown
        assert not set(shown) & {ESC, "\x9b", "\u202e", "\udcff"}
    assert len({len(line) for line in lines(*quick, "-N", name)}) == 1


def test_a_name_that_the_terminals_encoding_lacks(root):
    with (root / "net/dev").open("a", encoding="utf-8") as file:
        file.write("zo\u00eb: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
    for encoding in ({"PYTHONIOENCODING": "ascii"},
                     {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        assert r"net/zo\xeb" in lines("--root", root, "0.05", "1", "-n", "--full", **encoding)[0]


# -- misuse ------------------------------------------------------------------------------------

@pytest.mark.parametrize(("arguments", "allowed"), [
    (["0"], "seconds from 1e-05 to 1000"), (["-1"], "seconds from"), (["nan"], "seconds from"),
    (["inf"], "seconds from"), (["-inf"], ""), (["word"], "seconds from"), (["1001"], "to 1000"),
    (["1", "0"], "whole number from 1"), (["1", "-1"], "whole number from 1"),
    (["1", "1.5"], "whole number from 1"), (["1", "1", "1"], "unrecognized arguments: 1"),
    (["-r", "0"], "from 0.001 to 100000"), (["-r", "1000000"], "from 0.001 to 100000"),
    (["-r", "nan"], "from 0.001 to 100000"), (["-r", "x"], "from 0.001 to 100000"),
    (["-r", "5", "0.1"], "give -r 10 or more"),
    (["-j", "0"], "whole number from 1"), (["-j", "-2"], ""), (["-j", "two"], "whole number from"),
    (["-C", "total,7"], "there are 0 and total"), (["-C", "-1"], ""),
    (["-N", "eth7"], "there are lo, eth0 and total"), (["-N", ""], "there are lo, eth0 and total"),
    (["--color", "red"], "auto"), (["--frob"], "--frob"), (["word", "line"], "seconds from")])
def test_misuse_says_what_is_allowed(root, arguments, allowed):
    done = hzstat("--root", root, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert allowed in done.stderr
    assert "hzstat: " in done.stderr
    assert "Traceback" not in done.stderr


# -- sources that are missing --------------------------------------------------------------------

@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("text", "reason"), [
    (None, "No such file"), ("", "empty"), ("what is this?\n", "expected")])
def test_the_others_go_on_without_a_source(root, name, text, reason):
    if text is None:
        (root / name).unlink()
    else:
        (root / name).write_text(text)
    done = hzstat("--root", root, "0.05", "2")
    assert done.returncode == 0
    assert done.stderr.startswith(f"hzstat: {root / name}: ")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    shown = done.stdout.splitlines()
    assert len(shown) == 4
    assert len({len(line) for line in shown}) == 1
    place, columns = GROUPS[name]
    for line in shown[2:]:
        groups = [group.split() for group in line.split("|")]
        assert groups.pop(place) == ["-"] * columns
        assert all(group for group in groups if set(group) != {"-"})
        assert name == "meminfo" or "6.0G" in line


def test_without_any_source_it_fails(tmp_path):
    done = hzstat("--root", tmp_path, "0.05", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"hzstat: {tmp_path}/stat: No such file or directory\n"


def test_a_choice_of_what_is_missing_shows_dashes(root):
    (root / "net/dev").unlink()
    done = hzstat("--root", root, "0.05", "1", "-n", "-m", "-N", "lo")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].split("|")[0].split() == ["-"] * 4


def test_whoever_reads_us_may_stop(root):
    with subprocess.Popen([*HZSTAT, "--root", str(root), "0.05"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
