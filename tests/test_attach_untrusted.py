"""What looks like a ring and is none, or lies: refused with what is wrong, and never a crash."""
import fcntl
import mmap
import os
import re
import struct

import numpy as np
import pytest

import hzstat
from hzstat._loop import HEADER_FIELDS
from hzstat._ring import Ring
from hzstat.about import About, tell
from hzstat.procfs import File


def segment(data, seals=fcntl.F_SEAL_SHRINK):
    """A sealed memfd with these bytes."""
    fd = os.memfd_create("hzstat-ring:made-up", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    if seals:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def a_ring():
    """The bytes of a ring with a few records of stat."""
    file = File("stat")
    file.settle()
    about = tell(file.source, HEADER_FIELDS)
    ring = Ring(sum(int(kind[1:]) for _, kind in HEADER_FIELDS) + 2 * file.source.row_bytes, 4,
                about=about)
    for _ in range(6):
        ring.put(bytes(ring.record_bytes))
    return os.pread(ring.fd, ring.size, 0)


WORDS = ("magic", "version", "record_bytes", "slots", "about_bytes")
EXTREMES = [*(1 << shift for shift in range(0, 64, 3)), *range(10),
            *(2**64 - 1 - (1 << shift) for shift in range(0, 64, 3)), 2**64 - 1, 2**63]


@pytest.mark.parametrize("word", WORDS)
def test_no_number_in_a_ring_is_trusted(word):
    whole, at = a_ring(), 8 * WORDS.index(word)
    true, = struct.unpack_from("Q", whole, at)
    for number in {*EXTREMES, true + 1, true - 1, true + 8, true - 8, 2 * true} - {true}:
        fd = segment(whole[:at] + struct.pack("Q", number % 2**64) + whole[at + 8:])
        faults = "no ring of hzstat|of version|is damaged"
        if word == "about_bytes":       # the slots may be where they were
            faults += "|doesn't say what|can't be read|aren't made of|^$"
        assert re.search(faults, fault_of(fd))
        os.close(fd)


def fault_of(fd):
    """Why attach() refuses it; "" where it doesn't, and its records can be read."""
    try:
        rings = hzstat.attach(fd=fd)
    except hzstat.NoSampler as failure:
        return str(failure)
    assert len(rings["stat"].drain()) == 3
    return ""


@pytest.mark.parametrize("size", [0, 1, 127, 128, 4095, 4096, 4097, -4096, -8, -1])
def test_a_ring_that_was_cut(size):
    fd = segment(a_ring()[:size])
    with pytest.raises(hzstat.NoSampler, match=r"no ring of hzstat|damaged"):
        hzstat.attach(fd=fd)
    os.close(fd)


def test_what_could_be_cut_later_is_no_ring():
    whole = a_ring()
    fd = segment(whole, seals=0)
    with pytest.raises(hzstat.NoSampler, match="this is no ring of hzstat"):
        hzstat.attach(fd=fd)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    assert len(hzstat.attach(fd=fd)["stat"].drain()) == 3
    os.close(fd)


def test_numbers_that_change_under_a_reader_do_no_harm():
    """Whoever has the memory can write anything, at any time: wrong records, but no crash."""
    whole = a_ring()
    fd = segment(whole)
    rings = hzstat.attach(fd=fd)
    rings["stat"].drain()
    old = rings.view("stat")        # whose cursor is behind
    random = np.random.default_rng(4)
    with mmap.mmap(fd, len(whole)) as memory:
        for _ in range(3000):
            at = int(random.choice([*range(0, 128, 8), *range(4096, len(whole), 8)]))
            if random.integers(0, 2):       # what is looked at most
                at = int(random.choice([64, 72, 4096, 4104]))
            struct.pack_into("Q", memory, at, int(random.choice(np.array(EXTREMES, np.uint64))))
            for view in rings["stat"], old:
                assert len(view.drain()) <= 4
    os.close(fd)


GOOD = b"source x\nheader i8 tick\nrow u8 value"


@pytest.mark.parametrize("about", [
    b"", b"\0", b"source x", GOOD[9:], GOOD[:23], GOOD.replace(b"u8", b"O8"),
    GOOD.replace(b"u8", b"S0"), GOOD.replace(b"u8", b"S99999"), GOOD.replace(b"u8", b"S\xc2\xb2"),
    GOOD.replace(b"u8", b"u8,u8"), GOOD + b"\nrow u8 value", GOOD + b"\nrow f4 half",
    GOOD + b"\nheader u8 data", GOOD + b"\nowner 1", GOOD + b"\nowner x y z", GOOD + b"\nmade x",
    GOOD + b"\nrow S4096 a" * 9, GOOD.replace(b"value", b"a\nrow S4096 ".join(map(str.encode, map(
        str, range(1 << 16)))) + b"a")])
def test_what_a_ring_says_is_not_trusted(about):
    ring = Ring(24, 4, about=about)
    with pytest.raises(hzstat.NoSampler):
        hzstat.attach(fd=ring.fd)


def test_a_ring_that_says_enough():
    ring = Ring(24, 4, about=GOOD + b"\nlater hzstats may say more")
    ring.put(struct.pack("qQQ", 1, 2, 3))
    view = hzstat.attach(fd=ring.fd)["x"]
    record = view.latest()
    assert record["tick"] == 1
    assert record["data"]["value"].tolist() == [2, 3]
    assert view.running
    ring.end()
    assert not view.running


def test_names_of_any_bytes_come_through():
    class Source:
        name = "net/dev"
        fields = (("rx bytes", "u8"), ("\udcff:é", "u8"), ("Active(anon)", "i8"), ("name", "S16"))

    about = About(tell(Source, HEADER_FIELDS))
    assert about.source == "net/dev"
    assert tuple(about.rows) == Source.fields
    assert tuple(about.header) == HEADER_FIELDS
    assert about.owner[:2] == File("PID/stat", pid=os.getpid()).process
