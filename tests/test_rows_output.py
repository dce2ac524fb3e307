"""Rows for programs: CSV and JSON lines, into files and pipes."""
import csv
import io
import json
import os
import resource
import subprocess
from datetime import datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest
from running import HZSTAT, environment, hzstat, lines
from still import still

from hzstat.cli_output import Output
from hzstat.groups import GROUPS
from hzstat.groups.panel import Look, Panel


@pytest.fixture
def root(tmp_path):
    return still(tmp_path)


NUMBERS = ["cpu_total_usr_percent", "cpu_total_sys_percent", "cpu_total_idl_percent",
           "cpu_total_wai_percent", "cpu_total_stl_percent", "cpu_total_busy_max_percent",
           "memory_used_bytes", "memory_avai_bytes",
           "net_total_recv_bytes_per_s", "net_total_recv_max_bytes_per_s",
           "net_total_send_bytes_per_s", "net_total_send_max_bytes_per_s",
           "load1_tasks", "load5_tasks", "load15_tasks"]


def test_csv_to_stdout(root):
    shown = hzstat("--root", root, "0.1", "3", "-o", "-").stdout
    head, *rows = csv.reader(io.StringIO(shown))
    assert head == ["time", *NUMBERS]
    assert [len(row) for row in rows] == [16] * 3
    times = [datetime.fromisoformat(row[0][:26] + row[0][-1]) for row in rows]
    for a, b in pairwise(times):
        delays = (b - a).total_seconds() / 0.1      # more than one where the machine was busy
        assert round(delays) >= 1
        assert delays == pytest.approx(round(delays), abs=1e-3)
    for row in rows:
        assert row[1:7] == [""] * 6             # nothing moves there: no share of no time
        assert [float(cell) for cell in row[7:]] == [6 << 30, 2 << 30, 0, 0, 0, 0, 0.5, 12.25, 345]


def test_json_lines_say_the_same(root):
    rows = [json.loads(line) for line in lines("--root", root, "0.1", "2", "--json", "-cml")]
    assert [list(row) for row in rows] == [["time", *NUMBERS[:8], *NUMBERS[12:]]] * 2
    assert rows[0]["cpu_total_usr_percent"] is None
    assert rows[0]["memory_used_bytes"] == 6 << 30
    assert rows[0]["load15_tasks"] == 345


def test_pandas_takes_it_as_it_is():
    pandas = pytest.importorskip("pandas")
    shown = hzstat("0.1", "3", "-cmnl", "-o", "-").stdout
    frame = pandas.read_csv(io.StringIO(shown), parse_dates=["time"])
    assert str(frame["time"].dt.tz) == "UTC"
    assert set(map(str, frame.drop(columns="time").dtypes)) == {"float64"}


@pytest.mark.parametrize(("name", "flags", "first"), [
    ("rows.csv", [], "time,"), ("rows", [], "time,"), ("rows.jsonl", [], '{"time":'),
    ("rows.txt", ["--json"], '{"time":')])
def test_a_file_beside_the_screen(root, tmp_path, name, flags, first):
    path = tmp_path / name
    shown = lines("--root", root, "-l", "0.05", "2", "-o", path, *flags)
    assert shown[2:] == ["0.50 12.2  345"] * 2
    text = path.read_text()
    assert text.startswith(first)
    assert len(text.splitlines()) == (3 if first == "time," else 2)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_file_that_is_there_is_kept_unless_forced(root, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("precious " * 1000)
    done = hzstat("--root", root, "-l", "0.05", "1", "-o", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"hzstat: {path} is there already: give another name, or --force to "
                           "replace it\n")
    assert path.read_text().startswith("precious")
    text = (root / "loadavg").read_text()
    (root / "loadavg").unlink()
    assert hzstat("--root", root, "-l", "0.05", "1", "-o", path, "--force").returncode == 1
    assert path.read_text().startswith("precious")      # nothing came in its place
    (root / "loadavg").write_text(text)
    assert lines("--root", root, "-l", "0.05", "1", "-o", path, "--force")
    assert path.read_text().startswith("time,")
    assert "precious" not in path.read_text()


def test_no_symlink_is_followed(root, tmp_path):
    link = tmp_path / "rows.csv"
    link.symlink_to(tmp_path / "elsewhere")
    for flags in ([], ["--force"]):
        done = hzstat("--root", root, "-l", "0.05", "1", "-o", link, *flags)
        assert done.returncode == 1
        assert "rows.csv is" in done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_where_nothing_came_nothing_stays(root, tmp_path):
    (root / "loadavg").unlink()
    done = hzstat("--root", root, "-l", "0.05", "1", "-o", tmp_path / "rows.csv")
    assert done.returncode == 1
    assert not (tmp_path / "rows.csv").exists()
    done = hzstat("--root", root, "-l", "0.05", "1", "-o", tmp_path / "no" / "rows.csv")
    assert done.returncode == 1
    assert "No such file" in done.stderr


def test_a_full_disk_is_told(root):
    done = hzstat("--root", root, "-l", "0.05", "9", "-o", "/dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("hzstat: /dev/full: No space left on device")
    assert len(done.stderr.splitlines()) == 1


def write_until_full(output):
    with output:
        for number in range(9):
            output.write(number, [[number + 1 / 3, 4.0, 5.0]])


@pytest.mark.parametrize(("room", "whole"), [(200, 2), (30, None)])
def test_a_disk_that_becomes_full_has_whole_rows_or_none(tmp_path, room, whole):
    path = tmp_path / "rows.csv"
    arguments = SimpleNamespace(output=str(path), json=False, force=False)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    output = Output(arguments, [Panel(GROUPS["load"], None, Look(1.0, ()))])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_until_full(output)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.exists() == (whole is not None)
    if whole:
        text = path.read_text()
        assert text.endswith(",4.0,5.0\n")
        assert len(text.splitlines()) == 1 + whole


def test_a_pipe_that_has_a_name_is_taken(root, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        lines("--root", root, "-l", "0.05", "2", "-o", tmp_path / "pipe")
        assert len(reader.stdout.read().splitlines()) == 3


def test_what_a_shell_has_opened_is_taken_as_it_is(root, tmp_path):
    """As `-o >(command)`, or `3>>FILE`, which isn't cut."""
    path = tmp_path / "rows"
    path.write_text("before\n")
    with path.open("a") as file:
        done = subprocess.run([*HZSTAT, "--root", str(root), "-l", "0.05", "2", "-o",
                               f"/dev/fd/{file.fileno()}"], pass_fds=[file.fileno()], text=True,
                              env=environment(), capture_output=True, timeout=30, check=True)
    assert len(done.stdout.splitlines()) == 2 + 2
    assert [line.split(",")[0][:4] for line in path.read_text().splitlines()] == [
        "befo", "time", *[str(datetime.now().year)] * 2]
    for lacking in ("/dev/fd/77", "/dev/fd/" + "9" * 20):
        done = hzstat("--root", root, "-l", "0.05", "1", "-o", lacking)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"hzstat: {lacking}: No such file or directory\n"
    alone = lines("--root", root, "-l", "0.05", "2", "-o", "/dev/stdout")
    assert len(alone) == 3
    assert alone[0].startswith("time,")


@pytest.mark.parametrize("flags", [["-o", "-"], ["--json"]])
def test_each_row_is_there_at_once_and_the_reader_may_leave(root, flags):
    with subprocess.Popen([*HZSTAT, "--root", str(root), "0.05", *flags], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as process:
        for _ in range(3):
            assert process.stdout.readline().endswith(b"\n")        # though it never ends
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_name_is_harmless_in_a_table(root):
    with (root / "net/dev").open("ab") as file:
        file.write(b'a"\x1b[2J\xff: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n')
    name = os.fsdecode(b'a"\x1b[2J\xff')
    table = hzstat("--root", root, "-n", "-N", name, "0.05", "1", "-o", "-").stdout
    assert "\x1b" not in table
    head, row = csv.reader(io.StringIO(table))
    assert head[1] == r'net_a"\x1b[2J\xff_recv_bytes_per_s'
    assert len(head) == len(row) == 5
    parsed = json.loads(lines("--root", root, "-n", "-N", name, "0.05", "1", "--json")[0])
    assert list(parsed)[1:] == head[1:]
