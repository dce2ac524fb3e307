"""What a recording gives to others: copies, pandas' tables, a notebook's table."""
import os
import stat
import subprocess
import sys

import numpy as np
import pytest
from recorded import MS, START_NS, even, records_of, save

import hzstat


@pytest.fixture
def rec(tmp_path):
    net = records_of("net/dev", "name", [
        (0, 0, {b"lo": {"rx_bytes": 2**64 - 1}, b"eth<0>": {"rx_bytes": 5}}),
        (MS, 5, {}),
        (2 * MS, 0, {b"eth<0>": {"rx_bytes": 7}})], room=2)
    disks = records_of("diskstats", "name", [
        (0, 0, {b"sda": {"rd_ios": 3, "dc_ios": 9, "present": 2**14 - 1}})])
    return hzstat.load(save(tmp_path / "run", {"net/dev": net, "loadavg": even("loadavg", 3000),
                                               "diskstats": disks}))


def modes(folder):
    return {stat.S_IMODE(os.stat(path).st_mode) for path in folder.iterdir()}


def test_a_copy_is_the_same(rec, tmp_path):
    rec.save(tmp_path / "copy")
    copy = hzstat.load(tmp_path / "copy")
    assert copy.sources == rec.sources
    assert copy.meta == rec.meta
    assert copy.problems == ()
    for name in rec:
        assert copy[name].dtype == rec[name].dtype
        assert np.array_equal(copy[name], rec[name])
        assert np.array_equal(np.load(f"{copy.path}/{name.replace('/', '__')}.npy"), rec[name])
    assert stat.S_IMODE(os.stat(copy.path).st_mode) == 0o700
    assert modes(tmp_path / "copy") == {0o600}


def test_a_part_is_saved_as_a_part(rec, tmp_path):
    rec.between("1s", "2s").only("loadavg").save(tmp_path / "part")
    part = hzstat.load(tmp_path / "part")
    assert part.sources == ("loadavg",)
    assert np.array_equal(part["loadavg"], rec.between("1s", "2s")["loadavg"])
    assert part.problems == ()


def test_nothing_is_overwritten_unless_forced(rec, tmp_path):
    other = hzstat.load(save(tmp_path / "other", {"loadavg": even("loadavg", 5)}))
    with pytest.raises(hzstat.RecordingError, match="has a recording in it"):
        rec.save(tmp_path / "other")
    assert len(hzstat.load(tmp_path / "other")["loadavg"]) == 5
    rec.save(tmp_path / "other", force=True)
    assert len(hzstat.load(tmp_path / "other")["loadavg"]) == 3000
    assert len(other["loadavg"]) == 5       # what was mapped stays
    rec.save(rec.path, force=True)          # onto itself
    assert np.array_equal(hzstat.load(rec.path)["net/dev"], rec["net/dev"])
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("")
    with pytest.raises(hzstat.RecordingError, match="has other things in it"):
        rec.save(tmp_path / "photos", force=True)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(hzstat.RecordingError, match="symlink"):
        rec.save(tmp_path / "link")
    with pytest.raises(hzstat.RecordingError, match="can't record into"):
        rec.save(tmp_path / "none" / "copy")


LIMITED = """
import resource, signal, sys, hzstat
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
rec = hzstat.load(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    rec.save(sys.argv[2], force=len(sys.argv) > 3)
except hzstat.RecordingError as failure:
    print(failure)
"""


def fails(*arguments):
    """A limit on the size of files stands in for a full disk."""
    done = subprocess.run([sys.executable, "-c", LIMITED, *map(str, arguments)], text=True,
                          capture_output=True, timeout=60)
    assert "can't save" in done.stdout
    assert "File too large" in done.stdout


def test_a_copy_that_fails_leaves_nothing(rec, tmp_path):
    fails(rec.path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_copy_that_fails_leaves_what_was_there(rec, tmp_path):
    other = hzstat.load(save(tmp_path / "other", {"loadavg": even("loadavg", 5)}))
    for path in (rec.path, other.path):
        before = {name: (tmp_path / path / name).read_bytes() for name in os.listdir(path)}
        fails(rec.path, path, "force")
        assert before == {name: (tmp_path / path / name).read_bytes()
                          for name in os.listdir(path)}


def test_what_a_killed_recorder_left_is_replaced_as_well(rec, tmp_path):
    other = save(tmp_path / "other", {"uptime": even("uptime", 5), "loadavg": even("loadavg", 5)})
    for name in ("meta.json.new", "net__dev.npy.new"):
        (tmp_path / "other" / name).write_text("half of it")
    rec.save(other, force=True)
    assert sorted(os.listdir(other)) == sorted(os.listdir(rec.path))
    assert np.array_equal(hzstat.load(other)["net/dev"], rec["net/dev"])


def test_a_recording_without_meta_json_is_saved_without(rec, tmp_path):
    os.unlink(f"{rec.path}/meta.json")
    hzstat.load(rec.path).save(tmp_path / "copy")
    copy = hzstat.load(tmp_path / "copy")
    assert (len(copy["loadavg"]), copy.meta) == (3000, {})


# -- pandas --------------------------------------------------------------------------------


def test_a_frame_has_a_line_for_each_row(rec):
    pandas = pytest.importorskip("pandas")
    frame = rec.to_pandas("net/dev")
    assert frame.index.name == "time"
    assert frame.index.tolist() == [pandas.Timestamp(START_NS + ms * MS, tz="UTC")
                                    for ms in (0, 0, 1, 2)]
    assert frame["name"].tolist()[:2] == ["lo", "eth<0>"]
    assert frame["name"].isna().tolist() == [False, False, True, False]
    assert frame["rx_bytes"].tolist()[:2] == [2**64 - 1, 5]
    assert frame["rx_bytes"].isna().tolist() == [False, False, True, False]
    assert frame["status"].tolist() == [0, 0, 5, 0]
    assert frame.attrs["units"]["rx_bytes"] == "bytes"
    by_name = frame.pivot(columns="name", values="rx_bytes")
    assert by_name["eth<0>"].iloc[-1] == 7


def test_frames_of_all_sources(rec):
    pytest.importorskip("pandas")
    frames = rec.to_pandas()
    assert set(frames) == {"net/dev", "loadavg", "diskstats"}
    load = rec["loadavg"]
    assert frames["loadavg"]["load1"].tolist() == load["data"]["load1"][:, 0].tolist()
    assert frames["loadavg"].index.astype("int64").tolist() == load["time_ns"].tolist()
    disks = frames["diskstats"]
    assert (disks["rd_ios"].tolist(), disks["dc_ios"].isna().tolist()) == ([3], [True])


def test_without_pandas_it_says_how_to_get_it(rec):
    code = ("import sys; sys.modules['pandas'] = None\n"
            "import hzstat\n"
            "try:\n    hzstat.load(sys.argv[1]).to_pandas('loadavg')\n"
            "except hzstat.HzstatError as failure:\n    print(failure)")
    done = subprocess.run([sys.executable, "-c", code, rec.path], text=True, check=True,
                          capture_output=True, timeout=60)
    assert "pip install pandas" in done.stdout


def test_a_notebook_shows_a_table(rec):
    shown = rec._repr_html_()
    assert "<td>net/dev</td><td>3</td><td>1000</td>" in shown
    assert "rx_bytes" in shown
    rec.path = "<script>"
    assert "<script>" not in rec._repr_html_()
    assert "&lt;script&gt;" in rec._repr_html_()
