"""The directory of a recording, and its meta.json: private, apart from all else, and told whole."""
import json
import multiprocessing
import os
import stat
import time
from contextlib import suppress

import numpy as np
import pytest
from growing import growing, kept_folder

import hzstat
from hzstat.recordings import folder, meta


@pytest.fixture
def place(tmp_path):
    with kept_folder(tmp_path / "run") as made:
        yield made


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_it_is_private(place):
    os.close(place.create("meta.json"))
    assert mode(place.path) == 0o700
    assert mode(f"{place.path}/meta.json") == 0o600


def test_an_empty_directory_is_taken_and_made_private(tmp_path):
    (tmp_path / "run").mkdir(0o755)
    made = folder.Folder(str(tmp_path / "run"))
    assert mode(tmp_path / "run") == 0o700
    made.close()
    assert (tmp_path / "run").is_dir()


def test_what_is_not_kept_goes(tmp_path):
    folder.Folder(str(tmp_path / "run")).close()
    assert not os.listdir(tmp_path)


def a_recording(path):
    made = meta.folder_for(str(path), False)
    made.keep()
    meta.MetaFile(made, MINIMAL).end(MINIMAL)
    growing(made).close()
    made.close()


MINIMAL = {"format": meta.FORMAT, "version": 1, "sources": {}, "ended": None}


def test_a_recording_is_replaced_with_force_alone(tmp_path):
    a_recording(tmp_path / "run")
    with pytest.raises(hzstat.RecordingError, match="--force"):
        meta.folder_for(str(tmp_path / "run"), False)
    made = meta.folder_for(str(tmp_path / "run"), True)
    assert sorted(os.listdir(made.path)) == ["meta.json", "net__dev.npy"]   # until clear()
    made.clear()
    assert os.listdir(made.path) == []
    made.close()


@pytest.mark.parametrize("name", ["thesis.txt", "mine.npy", "stat.npy.bak", "stat", ".npy",
                                  "cgroup__io_stat.npy", "meta.json.new.new", "sub"])
def test_a_directory_with_other_things_is_refused(tmp_path, name):
    a_recording(tmp_path / "run")
    (tmp_path / "run" / name).mkdir()
    for force in (False, True):
        with pytest.raises(hzstat.RecordingError, match=name):
            meta.folder_for(str(tmp_path / "run"), force)
    assert len(os.listdir(tmp_path / "run")) == 3


def test_a_directory_in_the_place_of_a_file_is_another_thing(tmp_path):
    a_recording(tmp_path / "run")
    (tmp_path / "run/stat.npy/mine").mkdir(parents=True)
    with pytest.raises(hzstat.RecordingError, match=r"other things in it \(stat.npy\)"):
        meta.folder_for(str(tmp_path / "run"), True)
    assert sorted(os.listdir(tmp_path / "run")) == ["meta.json", "net__dev.npy", "stat.npy"]


@pytest.mark.parametrize("source", [name for name in hzstat.sources() if "PID" not in name])
def test_each_source_has_a_file_of_a_recording(source):
    assert folder.of_recording(folder.file_name(source))


def test_arrays_that_only_have_such_names_are_refused(tmp_path):
    np.save(tmp_path / "stat.npy", np.arange(3))
    with pytest.raises(hzstat.RecordingError, match=r"other things in it \(stat.npy\)"):
        meta.folder_for(str(tmp_path), True)
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(hzstat.RecordingError, match="isn't of a recording"):
        meta.folder_for(str(tmp_path), True)
    assert (np.load(tmp_path / "stat.npy") == np.arange(3)).all()


@pytest.mark.parametrize("force", [False, True])
def test_no_two_record_into_it(tmp_path, force):
    first = meta.folder_for(str(tmp_path / "run"), False)
    os.close(first.create("meta.json.new"))
    with pytest.raises(hzstat.RecordingError, match="another process"):
        meta.folder_for(str(tmp_path / "run"), force)
    first.clear()
    first.close()


def race(path, start, winners, rounds):
    kept = []       # else the lock of the winner goes
    for number in range(rounds):
        start.wait(20)
        with suppress(hzstat.RecordingError, FileNotFoundError):
            kept.append(folder.Folder(f"{path}/{number}"))
            time.sleep(0.002)           # a sampler's workers start meanwhile
            os.close(kept[-1].create("meta.json"))
            winners[number] += 1


def test_of_many_at_once_one_gets_it(tmp_path):
    """And no other takes it away, whoever made it."""
    context, rounds = multiprocessing.get_context("fork"), 200
    start, winners = context.Barrier(4), context.Array("i", rounds)
    racers = [context.Process(target=race, args=(tmp_path, start, winners, rounds))
              for _ in range(start.parties)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert {racer.exitcode for racer in racers} == {0}
    assert winners[:] == [1] * rounds


@pytest.mark.parametrize("behind", ["", "/"])
def test_a_symlink_is_not_followed(tmp_path, behind):
    (tmp_path / "target").mkdir()
    (tmp_path / "run").symlink_to("target")
    for force in (False, True):
        with pytest.raises(hzstat.RecordingError, match="symlink"):
            meta.folder_for(f"{tmp_path}/run{behind}", force)
    assert os.listdir(tmp_path / "target") == []


def test_a_symlink_in_it_is_replaced_and_not_followed(tmp_path):
    a_recording(tmp_path / "run")
    victim = tmp_path / "victim"
    victim.write_text("mine")
    os.unlink(tmp_path / "run/net__dev.npy")
    for name in ("net__dev.npy", "stat.npy", "meta.json.new", "stat.npy.new"):
        (tmp_path / "run" / name).symlink_to(victim)
    made = meta.folder_for(str(tmp_path / "run"), True)
    made.clear()
    growing(made).close()
    assert not (tmp_path / "run/net__dev.npy").is_symlink()
    (tmp_path / "run/stat.npy").symlink_to(victim)      # planted meanwhile
    with pytest.raises(FileExistsError):
        made.create("stat.npy")
    made.close()
    assert victim.read_text() == "mine"


def test_a_folder_that_is_renamed_meanwhile_gets_the_files_all_the_same(tmp_path, place):
    os.rename(place.path, tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to("elsewhere")
    growing(place).close()
    assert os.listdir(tmp_path / "moved") == ["net__dev.npy"]
    assert os.listdir(tmp_path / "elsewhere") == []
    os.unlink(tmp_path / "run")


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: path.write_text(""), "is a file"),
    (lambda path: None, "No such file or directory"),
])
def test_what_cannot_be_a_directory_is_told(tmp_path, make, words):
    make(tmp_path / "run")
    path = tmp_path / "run" if (tmp_path / "run").exists() else tmp_path / "run/in/it"
    with pytest.raises(hzstat.RecordingError, match=words):
        folder.Folder(str(path))


# -- meta.json -----------------------------------------------------------------------------


def test_it_is_written_at_the_start_and_at_the_end(place):
    file = meta.MetaFile(place, MINIMAL)
    assert meta.read(place.path) == MINIMAL
    assert os.stat(f"{place.path}/meta.json.new").st_blocks * 512 >= meta.ROOM_BYTES
    ended = MINIMAL | {"ended": {"reason": "time"}, "host": "\udc80\u20ac"}
    file.end(ended)
    assert meta.read(place.path) == ended
    assert os.listdir(place.path) == ["meta.json"]
    assert mode(f"{place.path}/meta.json") == 0o600


def test_a_pipe_in_its_place_keeps_nobody(tmp_path):
    os.mkfifo(tmp_path / "meta.json")
    with pytest.raises(hzstat.RecordingError, match="no JSON"):
        meta.read(str(tmp_path))


def test_what_a_running_sampler_says(tmp_path):
    with hzstat.Sampler({"stat": 50, "meminfo": 2, "net/dev": 1000}) as sampler:
        found = json.loads(meta.encoded(meta.at_start(sampler, ["true"], None)))
        stat_row = sampler["stat"].row_dtype
    assert found["started_ns"] == pytest.approx(sampler.board.now_ns(), abs=60e9)
    assert found["command"] == ["true"]
    assert {name: (one["file"], one["period_ns"]) for name, one in found["sources"].items()} == {
        "stat": ("stat.npy", 20_000_000), "meminfo": ("meminfo.npy", 500_000_000),
        "net/dev": ("net__dev.npy", 1_000_000)}
    assert tuple(found["sources"]["stat"]["fields"]) == stat_row.names
    assert found["sources"]["stat"]["fields"]["user"]["kind"] == "counter"
    assert found["sources"]["meminfo"]["fields"]["MemFree"]["unit"] == "kB"
    assert found["sources"]["net/dev"]["path"] == "/proc/net/dev"
    assert tuple(found["header"]) == sampler["stat"].dtype.names[:-1]


@pytest.mark.parametrize(("text", "words"), [
    (b"", "no JSON"), (b"{", "no JSON"), (b"\xff\xfe", "no JSON"), (b"[]", "isn't of a recording"),
    (b'{"format": "hzstat recording", "version": 2, "sources": {}}', "use a later one"),
    (b'{"format": "hzstat recording", "version": "1", "sources": {}}', "version 1"),
    (b'{"format": "hzstat recording", "version": 1}', "sources"),
    (b'{"format": "hzstat recording", "version": 1, "sources": {"stat": 1}}', "sources"),
])
def test_what_is_no_meta_json_is_refused(tmp_path, text, words):
    (tmp_path / "meta.json").write_bytes(text)
    with pytest.raises(hzstat.RecordingError, match=words):
        meta.read(str(tmp_path))


def test_unknown_keys_are_tolerated(tmp_path):
    (tmp_path / "meta.json").write_text(json.dumps(MINIMAL | {"later": [1]}))
    assert meta.read(str(tmp_path))["later"] == [1]


def test_a_recording_gets_a_name_of_its_own(tmp_path):
    name = str(tmp_path / "one")
    for wanted in (name, f"{name}-2", f"{name}-3"):
        assert folder.unused(name) == wanted
        os.symlink("nowhere", wanted)
