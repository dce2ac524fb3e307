"""`hzstat --stats`, rates by source, and the knobs, as the command line takes them."""
import re
import subprocess
import time

import pytest
from running import HZSTAT, run


def test_a_rate_for_each_source():
    done = run("-r", "stat=500,net/dev=100,50", "--stats", "0.2", "5")
    assert done.returncode == 0, done.stderr
    table = {line.split()[0]: line.split() for line in done.stderr.splitlines()
             if line.split()[0] in ("stat", "net/dev", "meminfo", "loadavg")}
    assert len(table) == 4
    planned = {name: int(cells[1]) for name, cells in table.items()}
    for name, cells in table.items():
        assert int(cells[1]) == int(cells[2]) + int(cells[3]), name     # records and missed
        assert int(cells[4]) == 0                                       # none lost
    assert planned["stat"] > 4 * planned["net/dev"] > 6 * planned["meminfo"]
    assert re.search(r"^worker for .*: .* of CPU in .* s \(.* %\), [0-9]+ wake-ups; "
                     ".*s of CPU to start$", done.stderr, re.MULTILINE)


def test_a_slow_source_shows_when_it_is_there():
    done = run("-r", "loadavg=0.001", "0.1", "2")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("|   -    -    -")


def test_the_table_comes_after_ctrl_c_too():
    with subprocess.Popen([*HZSTAT, "--stats", "0.1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          text=True) as process:
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(2)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.startswith("source ")
    assert "wake-ups" in errors


@pytest.mark.parametrize(("arguments", "words"), [
    (["-r", "x=5"], "no source 'x' here; there are stat, meminfo, net/dev, loadavg"),
    (["-r", "stat=5,stat=6"], "stat comes twice"), (["-r", "5,6"], "a rate for all comes twice"),
    (["-r", "stat="], "samples a second"), (["-r", ""], "samples a second"),
    (["-r", "stat=0.5", "1"], "less than one sample of stat in a row"),
    (["--pin", "x"], "the number of a CPU"), (["--pin", "4096"], "can't pin to CPU 4096"),
    (["--spin", "-1"], "microseconds from 0"), (["--ring-seconds", "0"], "seconds from 0.001")])
def test_misuse(arguments, words):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_knobs_together():
    done = run("-c", "--pin", "0", "--spin", "20", "--ring-seconds", "1", "-r", "500", "--stats",
                  "0.1", "3")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5


def test_a_long_row_reserves_no_more_than_ten_seconds():
    """It takes over what is in the ring again and again."""
    with subprocess.Popen([*HZSTAT, "-l", "-v", "--stats", "900"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        assert "worker" in process.stderr.readline()
        time.sleep(0.3)
        process.send_signal(2)
        told = process.stderr.read()
    assert re.search(r"^loadavg .* 10\.0s$", told, re.MULTILINE), told
