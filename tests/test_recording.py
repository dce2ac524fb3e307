"""Recordings that are read: whole, in parts, cut anywhere, and of somebody else."""
import json
import os
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import MS, START_NS, even, save
from sampling import FOUR, everything

import hzstat
from hzstat.formats import report, spark
from hzstat.recordings import gaps, mapped, replay, summary


@pytest.fixture
def run(tmp_path):
    return save(tmp_path / "run", {"stat": even("stat", 100), "net/dev": even("net/dev", 50)})


def test_arrays_are_the_files(run):
    rec = hzstat.load(run)
    assert (rec.sources, list(rec), len(rec), "stat" in rec) == (
        ("stat", "net/dev"), ["stat", "net/dev"], 2, True)
    for name in rec:
        expected = np.load(run / f"{name.replace('/', '__')}.npy")
        assert rec[name].dtype == expected.dtype
        assert np.array_equal(rec[name], expected)
        with pytest.raises(ValueError, match="read-only"):
            rec[name]["tick"] = 0
    assert (rec.problems, rec.cut_short, rec.period_ns("stat")) == ((), False, MS)
    assert rec.start_ns == min(rec[name]["time_ns"][0] for name in rec)
    assert rec.end_ns == rec["stat"]["time_ns"][-1]
    assert rec.description("net/dev")["rx_bytes"] == ("bytes", "counter", "received")
    assert repr(rec) == f"<Recording {str(run)!r} of 0.099 s, stat: 100, net/dev: 50>"
    with pytest.raises(KeyError, match="vmstat isn't in this recording: there are stat, net/dev"):
        rec["vmstat"]


def test_live_records_come_back(tmp_path):
    with hzstat.Sampler(dict.fromkeys(FOUR, 200), jobs=1) as sampler:
        for name in FOUR:
            sampler[name].latest()
        time.sleep(0.1)
        sampler.stop()
        records = {name: everything(sampler[name]) for name in FOUR}
    rec = hzstat.load(save(tmp_path / "run", records, 5 * MS))
    assert rec.problems == ()
    for name in FOUR:
        assert np.array_equal(rec[name], records[name])
        assert not len(rec.gaps(name)) or rec.gaps(name)["missed"].sum() == gaps.missed(rec[name])


def test_a_file_cut_at_any_byte_has_its_whole_records(tmp_path):
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 4)})
    path = folder / "loadavg.npy"
    whole, expected = path.read_bytes(), np.load(path)
    data = len(whole) - expected.nbytes
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        rec = hzstat.load(folder)
        assert len(rec.problems) == 1
        if size < data:
            assert rec.sources == ()
            assert "torn" in rec.problems[0]
        else:
            count = (size - data) // expected.itemsize
            assert np.array_equal(rec["loadavg"], expected[:count])
            assert rec.problems == (f"loadavg.npy is cut: of 4 records {count} are there",)
        assert path.read_bytes() == whole[:size]        # looking changes nothing


def test_the_header_is_trusted_where_more_is_there(tmp_path):
    """As it is while records are written, and between two flushes."""
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 4)}, ended=None)
    with open(folder / "loadavg.npy", "ab") as file:
        file.write(even("loadavg", 3).tobytes()[:-7])
    rec = hzstat.load(folder)
    assert (len(rec["loadavg"]), rec.problems, rec.cut_short) == (4, (), True)
    assert repr(rec).endswith("loadavg: 4, cut short>")


@pytest.mark.parametrize("zeros", [1, 3, 5000])
def test_zeros_that_a_loss_of_power_left_are_dropped(tmp_path, zeros):
    records = even("loadavg", 5003)
    records[-zeros:] = np.zeros(1, records.dtype)
    rec = hzstat.load(save(tmp_path / "run", {"loadavg": records}))
    assert len(rec["loadavg"]) == 5003 - zeros
    assert rec.problems[0].startswith("loadavg.npy is cut: of 5,003 records")


def test_zeros_among_records_count_in_nothing(tmp_path):
    """Blocks of a file may reach the disk in any order."""
    records = even("net/dev", 3000)
    records["data"]["name"], records["data"]["rx_bytes"][:, 0] = b"eth0", np.arange(3000)
    whole = records.copy()
    records[1000:1010] = np.zeros(1, records.dtype)
    rec = hzstat.load(save(tmp_path / "run", {"net/dev": records}))
    for by in (None, 0.1):
        found = rec.rates("net/dev", by)
        assert (found.seconds > 0).all()
        assert found["rx_bytes"].max() < 1100
        assert (found["rx_bytes"][:, 0] * found.seconds).sum() == pytest.approx(
            whole["data"]["rx_bytes"][-1 if by is None else 2900, 0], abs=90)
    text = "\n".join(report.lines(summary.summary(rec), rec.when, spark.BLOCKS))
    assert "net/dev: 10 failed: never reached the disk" in text
    assert [at.total_growth("net/dev", "rx_bytes", counted=lambda names: names != b"lo")[0].over
            for at in replay.Replay(rec, 0.5).rows(None)] == pytest.approx([1000] * 5, rel=0.01)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"format": "other"}', "[" * 100_000,
                                  '{"format": "hzstat recording", "version": 1, "sources": [1]}'])
def test_without_meta_json_the_arrays_are_there(run, text):
    (run / "meta.json").unlink()
    if text is not None:
        (run / "meta.json").write_text(text)
    rec = hzstat.load(run)
    assert sorted(rec.sources) == ["net/dev", "stat"]
    assert rec.cut_short
    assert rec.problems[0].endswith("units, host and end aren't known")
    assert rec.period_ns("stat") in range(MS - 1000, MS + 1000)
    assert rec.description("stat")["user"][:2] == ("ticks", "counter")
    assert rec.user_hz == os.sysconf("SC_CLK_TCK")
    assert rec.rates("stat")["user"].shape == (1, 1)


def test_what_is_no_recording_is_refused(tmp_path):
    for path, words in ((tmp_path, "is no recording of hzstat"),
                        (tmp_path / "none", "can't be opened: No such file"),
                        (__file__, "can't be opened: Not a directory")):
        with pytest.raises(hzstat.RecordingError, match=words):
            hzstat.load(path)


def test_a_later_format_is_refused(run):
    about = json.loads((run / "meta.json").read_text())
    (run / "meta.json").write_text(json.dumps({**about, "version": 2}))
    with pytest.raises(hzstat.RecordingError, match="version 2 of the format"):
        hzstat.load(run)


def test_strange_files_are_problems_and_nothing_is_run(run):
    np.save(run / "plain.npy", np.arange(5))
    np.save(run / "objects.npy", np.array([{}, None]), allow_pickle=True)
    (run / "text.npy").write_text("no array")
    (run / "loadavg.npy").symlink_to(run / "stat.npy")
    os.mkfifo(run / "uptime.npy")
    os.mkdir(run / "vmstat.npy")
    rec = hzstat.load(run)
    assert rec.sources == ("stat", "net/dev")
    assert rec.problems == (
        "loadavg.npy can't be read: Too many levels of symbolic links",
        "objects.npy holds no records of hzstat", "plain.npy holds no records of hzstat",
        "the header of text.npy is torn, or it is no .npy file", "uptime.npy is no plain file",
        "vmstat.npy can't be read: Is a directory")


def without(source, field, other=None):
    """Records without a field, or with another type of it."""
    records = even(source, 5)
    row = [(name, other if name == field else kind) for name, kind
           in records.dtype["data"].base.descr if other or name != field]
    return np.zeros(5, [*records.dtype.descr[:-1], ("data", row, (2,))])


@pytest.mark.parametrize(("records", "source", "words"), [
    (without("stat", "nice"), "stat", "stat.npy holds no stat of hzstat: nice isn't in it"),
    (without("net/dev", "name", "u8"), "net/dev", "holds no net/dev of hzstat: name isn't in it"),
    (without("uptime", "idle_s", "c16"), "uptime", "uptime.npy holds no records of hzstat"),
    (without("uptime", "idle_s", ("u8", 2)), "uptime", "uptime.npy holds no records of hzstat")])
def test_files_of_other_fields_are_passed_over(tmp_path, records, source, words):
    folder = tmp_path / "run"
    save(folder, {"loadavg": even("loadavg", 5)})
    np.save(folder / (source.replace("/", "__") + ".npy"), records)
    rec = hzstat.load(folder)
    assert rec.sources == ("loadavg",)
    assert rec.problems[0].endswith(words)


def test_a_negative_count_is_no_recordings(tmp_path):
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 5)})
    path = folder / "loadavg.npy"
    path.write_bytes(path.read_bytes().replace(b"(5,)", b"-5,)").replace(b": -5", b":(-5"))
    assert hzstat.load(folder).problems == ("loadavg.npy holds no records of hzstat",)


def test_records_of_a_big_endian_machine(tmp_path):
    records = even("stat", 2000)
    records["data"]["user"][:, 0] = np.arange(2000) // 10
    other = records.astype(records.dtype.newbyteorder(">"))
    told = [hzstat.load(save(tmp_path / name, {"stat": one})).rates("stat") for name, one
            in (("run", records), ("other", other))]
    assert told[0]["user"].tolist() == told[1]["user"].tolist()
    assert len(told[0]) == 39


def test_a_recording_of_another_kernel_is_described_by_itself(tmp_path):
    """Keys that this machine's meminfo lacks, and that no descriptor knows."""
    records = np.zeros(3, [*even("stat", 0).dtype.descr[:-1],
                           ("data", [("MemTotal", "u8"), ("Future(x)", "u8")], (1,))])
    records["time_ns"] = START_NS + np.arange(3) * MS
    records["rows"] = 1
    records["data"]["Future(x)"][:, 0] = [5, 7, 6]
    folder = save(tmp_path / "run", {"meminfo": records})
    about = json.loads((folder / "meta.json").read_text())
    about["sources"]["meminfo"]["fields"]["Future(x)"] = {
        "unit": "pages", "kind": "gauge", "meaning": "to come"}
    about["sources"]["of/tomorrow"] = {"file": "../../etc/passwd", "unavailable": "not here"}
    (folder / "meta.json").write_text(json.dumps(about))
    rec = hzstat.load(folder)
    assert rec.description("meminfo")["Future(x)"] == ("pages", "gauge", "to come")
    assert rec.rates("meminfo")["Future(x)"].tolist() == [[7], [6]]
    assert rec.problems == ()


JUNK = st.recursive(st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.text(max_size=5)
                    | st.floats(allow_nan=False), lambda inner: st.lists(inner, max_size=2)
                    | st.dictionaries(st.text(max_size=5), inner, max_size=2), max_leaves=4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_strange_things_in_meta_json_are_problems(tmp_path_factory, data):
    """Whatever stands there: it opens, or it is a RecordingError; and then it can be shown."""
    folder = save(tmp_path_factory.mktemp("run"), {"loadavg": even("loadavg", 5)}, boot_id="x")
    about = json.loads((folder / "meta.json").read_text())
    places = [about, about["sources"]["loadavg"], about["sources"]["loadavg"]["fields"],
              about["sources"]["loadavg"]["fields"]["load1"], about["ended"]]
    for place in places:
        for name in data.draw(st.lists(st.sampled_from(sorted(place)), max_size=2)):
            place[name] = data.draw(JUNK)
    (folder / "meta.json").write_text(json.dumps(about))
    try:
        rec = hzstat.load(folder)
    except hzstat.RecordingError:
        return
    if "loadavg" in rec:
        assert np.array_equal(rec["loadavg"], even("loadavg", 5))
    assert "".join(report.lines(summary.summary(rec), rec.when, spark.BLOCKS))
    assert rec._repr_html_()
    assert list(replay.Replay(rec, 0.002).rows(1)) if "loadavg" in rec else True


def test_between_is_a_view(run):
    rec = hzstat.load(run)
    for part in (rec.between(START_NS + 20 * MS, START_NS + 40 * MS - 1),
                 rec.between("19500us", "-59500us")):
        assert np.array_equal(part["stat"], rec["stat"][20:40])
        assert np.shares_memory(part["stat"], rec["stat"])
    assert np.array_equal(rec.between(None, None)["net/dev"], rec["net/dev"])
    assert len(rec.between("1h", None)["stat"]) == 0
    with pytest.raises(TypeError, match="float"):       # seconds, maybe, and not ns
        rec.between(0.5, None)
    assert rec.only("stat").sources == ("stat",)


def test_an_hour_at_1_khz_opens_without_being_read(tmp_path):
    """A file with holes: where a page was read, the kernel has it in memory afterwards."""
    folder = save(tmp_path / "run", {"stat": even("stat", 1)})
    count, dtype = 3_600_000, even("stat", 0).dtype
    whole = np.lib.format.open_memmap(folder / "stat.npy", "w+", dtype, (count,))
    whole[-1] = even("stat", 1, ticks=[count - 1])[0]
    whole[0] = even("stat", 1)[0]
    whole.flush()
    del whole
    code = ("import resource, sys, hzstat; rec = hzstat.load(sys.argv[1]); rec.end_ns; repr(rec)\n"
            "faults = -resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
            "rec = hzstat.load(sys.argv[1]); rec.end_ns; repr(rec)\n"
            "print(len(rec['stat']), faults + resource.getrusage(resource.RUSAGE_SELF).ru_minflt)")
    done = subprocess.run([sys.executable, "-c", code, str(folder)], text=True, check=True,
                          capture_output=True, timeout=30)
    found, faults = map(int, done.stdout.split())
    assert found == count
    assert faults < 200             # of 130,000 pages and more


# -- gaps ----------------------------------------------------------------------------------


def plain_gaps(records):
    found = []
    for one, other in pairwise(records):
        absent = int(other["tick"] - one["tick"]) - 1
        step = int(other["wall_ns"] - other["time_ns"] - one["wall_ns"] + one["time_ns"])
        where = int(one["tick"]), int(one["time_ns"]), int(other["time_ns"])
        if absent:
            found.append(("missed", where[0], absent, *where[1:], 0))
        if abs(step) >= 10 * MS:
            found.append(("clock", where[0], 0, *where[1:], step))
    return found


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 5000), max_size=30), st.integers(0, 3000), st.integers(0, 3000),
       st.sampled_from([9, 10, -10, -3600_000, 5000]))
def test_gaps_are_found_wherever_they_are(left_out, start, at, step_ms):
    ticks = [tick for tick in range(start, 5001) if tick not in left_out]
    records = even("loadavg", 0, ticks=ticks)
    records["wall_ns"][at:] += step_ms * MS
    assert gaps.gaps(records).tolist() == plain_gaps(records)
    expected = max(ticks) - min(ticks) + 1 - len(ticks) if ticks else 0
    assert gaps.missed(records) == expected


def test_no_records_have_no_gaps():
    for count in (0, 1):
        assert len(gaps.gaps(even("loadavg", count))) == 0
        assert gaps.missed(even("loadavg", count)) == 0


def test_the_type_of_a_record_is_a_views():
    with hzstat.Sampler({"loadavg": 100}) as sampler:
        assert mapped.of_records(sampler["loadavg"].dtype)
