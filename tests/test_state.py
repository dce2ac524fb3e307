"""The private file of `hzstat line`: kept whole or not at all, and never anyone else's."""
import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hzstat import state

U64 = st.integers(0, 2**64 - 1)
SAMPLES = st.lists(st.tuples(
    U64, st.lists(U64, max_size=10).map(tuple),
    st.dictionaries(st.binary(max_size=15), st.tuples(U64, U64), max_size=4)), min_size=1)
KEPT = [(10**9, (1, 2, 3, 4, 5, 6, 7, 8), {b"lo": (1, 2), b"\x1b[2J": (0, 2**64 - 1)}),
        (2 * 10**9, (2, 2, 4, 9, 5, 6, 7, 8), {})]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A runtime directory as it should be; the fallbacks lie in tmp_path, too."""
    found = tmp_path / "run"
    found.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(found))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return found


@pytest.fixture
def path(folder):
    path = folder / "line"
    state.save(str(path), KEPT)
    return path


@given(SAMPLES)
@settings(deadline=None)
def test_what_is_decoded_is_what_was_encoded(samples):
    assert state.decode(state.encode(samples)) == samples


@given(st.binary(max_size=200) | st.text("hzstat-line1 en/:,0x9\n", max_size=60).map(str.encode))
@settings(deadline=None)
def test_garbage_is_ignored(tmp_path_factory, garbage):
    path = tmp_path_factory.mktemp("state") / "line"
    path.touch(0o600)
    for head in (b"", state.encode([]).removesuffix("end\n").encode()):
        path.write_bytes(head + garbage)
        assert state.load(str(path)) == []


def test_saved_and_loaded(path):
    assert state.load(str(path)) == KEPT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_cut_anywhere_it_is_ignored(path):
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert state.load(str(path)) in ([], KEPT if size == len(whole) - 1 else [])


def test_another_boot_is_ignored(path, tmp_path, monkeypatch):
    (tmp_path / "boot_id").write_text("another-boot\n")
    monkeypatch.setattr(state, "BOOT_ID", str(tmp_path / "boot_id"))
    assert state.load(str(path)) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_touch_is_ignored(path, mode):
    path.chmod(mode)
    assert state.load(str(path)) == []
    state.save(str(path), KEPT)
    assert state.load(str(path)) == KEPT


def test_a_symlink_is_not_followed_but_replaced(path, tmp_path):
    victim = path.rename(tmp_path / "victim")
    before = victim.read_bytes()
    path.symlink_to(victim)
    assert state.load(str(path)) == []
    state.save(str(path), KEPT[:1])
    assert not path.is_symlink()
    assert state.load(str(path)) == KEPT[:1]
    assert victim.read_bytes() == before


def test_neither_a_fifo_nor_a_directory_holds_it_up(folder):
    os.mkfifo(folder / "fifo", 0o600)
    (folder / "directory").mkdir()
    for name in ("fifo", "directory", "absent"):
        assert state.load(str(folder / name)) == []


def test_it_is_replaced_at_once(path):
    """Whoever has the old file open goes on seeing it whole; nothing else is left behind."""
    with path.open("rb") as old:
        whole = old.read()
        state.save(str(path), KEPT[:1])
        old.seek(0)
        assert old.read() == whole
    assert state.load(str(path)) == KEPT[:1]
    assert os.listdir(path.parent) == [path.name]


def test_what_cannot_be_saved_does_no_harm(folder):
    state.save(str(folder / "absent" / "line"), KEPT)
    (folder / "taken").mkdir()
    state.save(str(folder / "taken"), KEPT)
    assert os.listdir(folder) == ["taken"]


def test_a_directory_that_may_not_be_written_does_no_harm(folder):
    folder.chmod(0o500)
    state.save(str(folder / "line"), KEPT)      # root may: then it is there
    assert state.load(str(folder / "line")) in ([], KEPT)


def test_the_runtime_directory_comes_first(folder):
    assert state.directory() == str(folder)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o720, 0o702])
def test_a_directory_where_others_can_plant_files_is_refused(folder, mode):
    folder.chmod(mode)
    assert state.directory() != str(folder)


@pytest.mark.parametrize("value", ["", "run", "./run", "/nonexistent/run", "/dev/null"])
def test_a_directory_that_is_none_is_refused(folder, monkeypatch, value):
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    assert state.directory() not in (value, str(folder))


def test_there_may_be_no_directory_at_all(folder, monkeypatch):
    folder.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    assert state.directory() in (None, f"/run/user/{os.geteuid()}")


def test_a_cache_is_made_and_a_home_is_not(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.delenv("XDG_CACHE_HOME")
    for home in (tmp_path / "home", tmp_path / "none"):
        monkeypatch.setenv("HOME", str(home))
        if home.name == "home":
            home.mkdir()
        expected = str(home / ".cache") if home.exists() else None
        assert state.directory() in (expected, f"/run/user/{os.geteuid()}")
    assert not (tmp_path / "none").exists()
