"""`hzstat export`: files that are there whole or not at all, and nobody else's overwritten."""
import json
import os
import pty
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import exported
import numpy as np
import pytest
import recorded
import running

import hzstat
from hzstat.recordings import output

COMMAND = [*running.HZSTAT, "export"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded") / "run"
    recorded.save(folder, {"net/dev": exported.net(), "loadavg": exported.load()})
    return folder


export = partial(running.run, "export")


def done(*arguments, **options):
    """Its stderr; it must have worked."""
    found = export(*arguments, **options)
    assert found.returncode == 0, found.stderr
    return found.stderr


def test_a_file_of_one_source_has_the_name_that_was_given(run, tmp_path):
    for ending in ("csv", "parquet"):
        assert done(run, "--source", "loadavg", "-o", tmp_path / f"a.{ending}") == ""
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.parquet"]
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o666 & ~mask


def test_of_several_sources_there_is_a_file_each(run, tmp_path):
    said = done(run, "-o", tmp_path / "a.b.csv")
    assert sorted(os.listdir(tmp_path)) == ["a.b.loadavg.csv", "a.b.net__dev.csv"]
    assert said == (f"hzstat: wrote {tmp_path}/a.b.net__dev.csv, {tmp_path}/a.b.loadavg.csv\n")
    assert done("-q", run, "-o", tmp_path / "c.parquet") == ""
    assert done(run, "-o", tmp_path / "all.jsonl") == ""
    assert len(os.listdir(tmp_path)) == 5


def test_without_a_stderr(run, tmp_path):
    command = shlex.join([*COMMAND, str(run), "-o", str(tmp_path / "a.csv")])
    subprocess.run(f"{command} 2>&-", shell=True, check=True, timeout=60)
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "root"])
def test_a_recording_of_somebody_who_means_no_good(tmp_path, ending):
    """Sources of any name, units that are none: nothing is lost, and nothing written elsewhere."""
    odd = ["x/dev", "x__dev", "../x", "a\0b\n\x1b[31m", "\ud800", ""]
    folder = recorded.save(tmp_path / "run", {"loadavg": exported.load()})
    meta = json.loads((folder / "meta.json").read_text())
    known = meta["sources"].pop("loadavg")
    known["fields"]["load1"] = {"unit": 3, "kind": ["\ud800"], "meaning": "\ud800"}
    for number, name in enumerate(odd):
        shutil.copyfile(folder / "loadavg.npy", folder / f"{number}.npy")
        meta["sources"][name] = {**known, "file": f"{number}.npy"}
    (folder / "loadavg.npy").unlink()
    (folder / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "out").mkdir()
    done(folder, "-o", tmp_path / "out" / f"a.{ending}")
    assert sorted(os.listdir(tmp_path)) == ["out", "run"]
    assert len(os.listdir(tmp_path / "out")) == (6 if ending in ("csv", "parquet") else 1)


def test_the_format_by_name_or_by_option(run, tmp_path):
    done(run, "--source", "loadavg", "-o", tmp_path / "a.JSONL")
    done(run, "--source", "loadavg", "-o", tmp_path / "a", "--format", "jsonl")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "a.JSONL").read_bytes()


def test_to_a_pipe(run):
    found = export(run, "-o", "-", "--format", "jsonl", "--to", "2ms")
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert (found.returncode, found.stderr) == (0, "")
    assert {row["source"] for row in rows} == {"net/dev", "loadavg"}
    found = export(run, "-o", "-", "--format", "csv", "--source", "loadavg")
    assert found.stdout.count("\n") == 31


def test_a_reader_that_has_seen_enough(tmp_path):
    recorded.save(tmp_path / "long", {"loadavg": recorded.even("loadavg", 100_000)})
    found = subprocess.run(f"{' '.join(COMMAND)} {tmp_path}/long -o - --format csv | head -1",
                           shell=True, text=True, capture_output=True, timeout=60, check=True)
    assert (found.stdout[:5], found.stderr) == ("time,", "")


def test_a_part_of_the_time(run, tmp_path):
    done(run, "--source", "loadavg", "--from", "10ms", "--to", "20ms", "-o", tmp_path / "a.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    start = recorded.even("loadavg", 1)["time_ns"][0]
    rec = hzstat.load(run)["loadavg"]
    inside = (rec["time_ns"] >= start + 10 * exported.MS - 1000) \
        & (rec["time_ns"] <= start + 20 * exported.MS)
    assert 9 <= len(rows) <= inside.sum()
    assert {row["tick"] for row in rows} <= set(rec["tick"][inside].tolist())
    done(run, "--source", "loadavg", "--from", "-5ms", "-o", tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text().count("\n") in (6, 7)


@pytest.mark.parametrize(("arguments", "status", "said"), [
    (["-o", "a.xls"], 2, "ends with .csv, .jsonl, .parquet, .root"),
    (["-o", "-"], 2, "say --format csv or --format jsonl"),
    (["-o", "-", "--format", "root"], 2, "say --format csv or --format jsonl"),
    (["-o", "-", "--format", "csv"], 2, "say --source with one of net/dev, loadavg"),
    (["-o", "-", "--format", "jsonl", "--force"], 2, "--force is of no use"),
    (["-o", "a.csv", "--source", "stat"], 2, "there are net/dev, loadavg"),
    (["-o", "a.csv", "--from", "soon"], 1, "'soon' is no moment"),
    (["-o", "nowhere/a.jsonl"], 1, "nowhere/a.jsonl can't be written: No such file"),
    ([], 2, "-o")])
def test_what_is_refused(run, tmp_path, arguments, status, said):
    found = export(run, *arguments, cwd=tmp_path)
    assert (found.returncode, found.stdout) == (status, "")
    assert said in found.stderr
    assert found.stderr.startswith("hzstat: ")
    assert found.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_no_recording_and_an_empty_one(run, tmp_path):
    found = export(tmp_path, "-o", tmp_path / "a.csv")
    assert found.returncode == 1
    recorded.save(tmp_path / "empty", {})
    found = export(tmp_path / "empty", "-o", tmp_path / "a.csv")
    assert (found.returncode, "has no records" in found.stderr) == (1, True)
    assert not (tmp_path / "a.csv").exists()


def test_a_recording_that_was_cut_short_says_so(tmp_path):
    recorded.save(tmp_path / "cut", {"loadavg": exported.load()}, ended=None)
    with open(tmp_path / "cut" / "loadavg.npy", "r+b") as file:
        file.truncate(os.path.getsize(file.name) - 50)
    said = done(tmp_path / "cut", "-o", tmp_path / "a.csv")
    assert "was cut short" in said
    assert "29 are there" in said
    assert (tmp_path / "a.csv").read_text().count("\n") == 30


def test_a_file_that_is_there_stays(run, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("mine")
    found = export(run, "-o", path)
    assert (found.returncode, path.read_text()) == (1, "mine")
    assert "is there already: give another name, or --force" in found.stderr
    done(run, "-o", path, "--force")
    assert json.loads(path.read_text().splitlines()[0])
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_one_of_several_that_is_there_keeps_all_from_being_written(run, tmp_path):
    (tmp_path / "a.loadavg.csv").write_text("mine")
    assert export(run, "-o", tmp_path / "a.csv").returncode == 1
    assert os.listdir(tmp_path) == ["a.loadavg.csv"]


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_symlinks_folders_and_pipes_are_left_alone(run, tmp_path, force):
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "a.jsonl").symlink_to(target)
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    before = sorted(os.listdir(tmp_path))
    for name in ("a", "gone", "folder", "pipe"):
        found = export(run, "-o", tmp_path / f"{name}.jsonl", *force)
        assert (found.returncode, "left alone" in found.stderr) == (1, True)
    assert sorted(os.listdir(tmp_path)) == before
    assert target.read_text() == "mine"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "root"])
@pytest.mark.parametrize("limit", [0, 3000])
def test_a_full_disk_leaves_nothing(tmp_path, ending, limit):
    """A limit on the size of files, in the place of a disk that is full."""
    recorded.save(tmp_path / "run", {"diskstats": exported.random_records(
        np.random.default_rng(0), 2000, 2)})
    code = f"""
import resource, sys
from hzstat import cli
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
sys.exit(cli.main(["export", "{tmp_path}/run", "-o", "{tmp_path}/a.{ending}"]))"""
    found = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, timeout=60,
                           check=False)
    assert found.returncode == 1, found.stderr
    assert f"{tmp_path}/a.{ending} can't be written: " in found.stderr
    assert found.stderr.endswith("File too large; nothing of it is left; raise the limit on their "
                                 "size (ulimit -f)\n")
    assert found.stderr.count("\n") == 1, found.stderr
    assert os.listdir(tmp_path) == ["run"]


def test_of_several_files_none_is_left_where_one_lacks_room(run, tmp_path):
    """For the end of the largest: the last that it writes."""
    done(run, "-o", tmp_path / "whole.csv")
    most = (tmp_path / "whole.net__dev.csv").stat().st_size
    assert most > (tmp_path / "whole.loadavg.csv").stat().st_size
    found = export(run, "-o", tmp_path / "a.csv", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (most - 1, most - 1)))
    assert (found.returncode, "a.net__dev.csv can't be written" in found.stderr) == (1, True)
    assert sorted(os.listdir(tmp_path)) == ["whole.loadavg.csv", "whole.net__dev.csv"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_export_that_is_ended_leaves_nothing(tmp_path, number):
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("this signal is ignored here, as by nohup")
    recorded.save(tmp_path / "run", {"loadavg": recorded.even("loadavg", 600_000)})
    with subprocess.Popen([*COMMAND, tmp_path / "run", "-o", tmp_path / "a.jsonl"],
                          stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while len(os.listdir(tmp_path)) == 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(os.listdir(tmp_path)) == 2
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, said) == (128 + number, "")
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.parametrize(("ending", "module"), [("parquet", "pyarrow"), ("root", "uproot")])
def test_what_is_not_installed_is_named(run, tmp_path, ending, module):
    (tmp_path / module).mkdir()
    (tmp_path / module / "__init__.py").write_text("raise ImportError('not here')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    found = export(run, "-o", tmp_path / f"a.{ending}", env={**os.environ, "PYTHONPATH": path})
    assert found.returncode == 1
    assert f"pip install 'hzstat[{ending}]'" in found.stderr
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize("ending", ["csv", "parquet", "root"])
def test_memory_does_not_grow_with_the_recording(tmp_path, ending):
    """In small chunks: else it would take a long recording to tell. (VmHWM, since ru_maxrss begins
    with what the parent had.)"""
    code = """
import sys
from hzstat import cli
from hzstat.recordings import tidy
tidy.MOST_ROWS = 1 << 14
status = cli.main(["export", *sys.argv[1:]])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)"""
    most_kb = []
    for count in (150_000, 600_000):
        records = recorded.even("loadavg", count)
        recorded.save(tmp_path / str(count), {"loadavg": records})
        found = subprocess.run([sys.executable, "-c", code, tmp_path / str(count), "-o",
                                tmp_path / f"{count}.{ending}"], capture_output=True, timeout=60,
                               check=True)
        most_kb.append(int(found.stdout))
    assert records.nbytes > 50 << 20
    assert most_kb[1] < most_kb[0] + (20 << 10)


def test_a_bar_in_a_terminal(run, tmp_path):
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, run, "-o", tmp_path / "a.jsonl"], stdout=theirs, stderr=theirs,
                          env={**os.environ, "TERM": "xterm"}) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                said += os.read(ours, 4096)
            except OSError:             # the other end was closed
                break
    os.close(ours)
    assert process.returncode == 0
    assert b"export: net/dev" in said
    assert (tmp_path / "a.jsonl").exists()


def write(path, meanwhile, force=False):
    with output.whole_file(str(path), force) as file:
        file.write(b"other")
        meanwhile()


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    with output.whole_file(str(path), False) as file:
        file.write(b"text")
        assert not path.exists()
    assert path.read_bytes() == b"text"
    with pytest.raises(ZeroDivisionError):
        write(path, lambda: 1 / 0, force=True)
    assert path.read_bytes() == b"text"
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_that_comes_meanwhile_stays(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(hzstat.RecordingError, match="is there already"):
        write(path, lambda: path.write_bytes(b"theirs"))
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["a"]


def test_a_recording_that_was_really_made(tmp_path):
    sources = "stat", "diskstats", "net/snmp"
    subprocess.run([sys.executable, "-m", "hzstat", "record", "-q", "-o", tmp_path / "run", "-r",
                    ",".join(f"{source}=500" for source in sources), "--for", "300ms"], check=True,
                   timeout=60)
    done(tmp_path / "run", "-o", tmp_path / "a.jsonl")
    found = list(map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines()))
    for source in sources:
        records = np.load(tmp_path / "run" / f"{source.replace('/', '__')}.npy")
        assert len(records) > 3
        _, rows = exported.table(records, exported.description(source, records))
        assert [list(one.values())[3:] for one in found if one["source"] == source] == [
            list(map(exported.as_text, row[2:])) for row in rows]
