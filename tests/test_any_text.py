"""Texts cut and changed at any byte, and whatever a grammar allows, beside the oracle."""
import ctypes
import mmap

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import HEAD, said, truth

from hzstat import descriptors

# One byte wrong, anywhere

SMALL = {
    "stat": b"cpu  21 0 3 44 5 0 0 0 0 0\ncpu0 20 0 3 44\n"
            b"cpu12 1 0 0 18446744073709551615\nintr 9 0\n",
    "net/dev": HEAD + b"    lo:    3193 29 0 0 0 0 0 0 3193 29 0 0 0 0 0 0\n"
                      b"eth0:1:4046496815 2 3 4 5 6 7 8 9 10 1 2 3 4 5 18446744073709551615 17\n",
    "loadavg": b"12.08 0.02 0.01 1/77 2809\n",
    "diskstats": b"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"
                 b"   8 1 sda1 1 2 3 4\n"
                 b" 259 0 5 hda 1 2 3 4 5 6 7 8 9 10 18446744073709551615\n",
    "uptime": b"3143.54 6198.66\n",
    "pressure/cpu": b"some avg10=0.04 avg60=0.04 avg300=0.00 total=3463614\n"
                    b"full avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n",
    "schedstat": b"version 14\ntimestamp 4\ncpu0 1 2 3 4 5 6 7 8 9 10 11 12\ndomain0 3 1\n"
                 b"cpu3 1 2 3 4 5 6 7 8 9 10 18446744073709551615 12 13\n",
    "softirqs": b"        CPU0       CPU3       \n      HI:          1          2\n"
                b"  BLOCK_IOPOLL: 3 18446744073709551615\n   NEW: x\n  RCU: 5 6\n",
    "cgroup/io.stat": b"8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 depth=max\n"
                      b"253:1 253:0 rios=1\n",
    "PID/stat": b"15 (a) b) S 1 15 15 0 -1 4194304 113 0 0 0 1 2 0 0 20 0 1 0 314354 3133440 2 "
                b"18446744073709551615 5 6 7 8 9 0 0 0 0 0 0 0 17 1 0 0 0 0 0 1 2 3 4 5 6 7 -1\n",
    "PID/statm": b"765 443 414 5 0 90 0\n",
    "cpuidle": b"cpu0/cpuidle/state0/time:0\ncpu0/cpuidle/state1/time:8583792071\n"
               b"cpu12/cpuidle/state0/time:18446744073709551615\n",
    "cgroup/cpuacct.usage_percpu": b"7556906271493 0 18446744073709551615 \n",
}


@pytest.mark.parametrize("source", SMALL)
def test_cut_anywhere(source):
    whole = SMALL[source]
    assert isinstance(said(source, whole), list)
    for size in range(len(whole)):
        assert said(source, whole[:size]) == truth(source, whole[:size]), size


@pytest.mark.parametrize("source", SMALL)
@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n", b"-", b"9", b"\xff", b":"])
def test_one_byte_changed_anywhere(source, byte):
    whole = SMALL[source]
    for at in range(len(whole)):
        text = whole[:at] + byte + whole[at + 1:]
        assert said(source, text) == truth(source, text), (at, text)


# Whatever the grammar allows

U64 = st.integers(0, 2**64 - 1) | st.sampled_from([0, 10**18, 10**19 - 1, 10**19, 2**64 - 1])
DIGITS = st.builds(lambda n, zeros: zeros * b"0" + b"%d" % n, U64, st.integers(0, 3))
SPACES = st.integers(1, 20).map(lambda n: n * b" ")
TAIL = st.sampled_from([b"", b"intr 1 2\n", b"\0\xff\n", b"cp\n"])


def joined(*parts):
    return st.tuples(*parts).map(b"".join)


CPU_LINE = joined(st.just(b"cpu"),
                  st.just(b"") | st.integers(0, 2**31 - 1).map(lambda n: b"%d" % n),
                  st.lists(joined(SPACES, DIGITS), min_size=4, max_size=12).map(b"".join),
                  st.sampled_from([b"\n", b"  \n"]))
INTERFACE = joined(
    st.integers(0, 6).map(lambda n: n * b" "),
    st.binary(min_size=1, max_size=15).filter(lambda name: not oracle.NO_NAME.search(name)
                                              and b"\n" not in name),
    st.just(b":"), DIGITS, st.lists(joined(SPACES, DIGITS), min_size=15, max_size=18).map(b"".join),
    st.just(b"\n"))
LOAD = st.tuples(st.integers(0, 2**46), st.integers(0, 99)).map(lambda load: b"%d.%02d " % load)
MORE = st.sampled_from([b"\n", b" \n", b" 7 more\n"])      # of a newer kernel
CPU = st.integers(0, 2**31 - 1).map(lambda n: b"%d" % n)


def NUMBERS(least, most):
    return st.lists(joined(SPACES, DIGITS), min_size=least, max_size=most).map(b"".join)


DISK = joined(st.integers(0, 4).map(lambda n: n * b" "), DIGITS, SPACES, DIGITS, SPACES,
              st.sampled_from([b"sda", b"dm-0", b"7", b"55 hda", b"cciss!c0d0p1", 32 * b"n"]),
              NUMBERS(4, 20), st.sampled_from([b"\n", b" \n"]))
TEXTS = {
    "stat": joined(st.lists(CPU_LINE, min_size=1, max_size=6).map(b"".join), TAIL),
    "net/dev": joined(st.just(HEAD), st.lists(INTERFACE, max_size=6).map(b"".join)),
    "loadavg": joined(LOAD, LOAD, LOAD, DIGITS, st.just(b"/"), DIGITS, st.just(b" "), DIGITS,
                      st.just(b"\n")),
    "diskstats": st.lists(DISK, min_size=1, max_size=6).map(b"".join),
    "uptime": joined(LOAD, LOAD.map(bytes.rstrip), MORE),
    "PID/statm": joined(st.lists(DIGITS, min_size=7, max_size=7).map(b" ".join), MORE),
    "PID/schedstat": joined(st.lists(DIGITS, min_size=3, max_size=3).map(b" ".join), MORE),
    "pressure/io": st.lists(joined(
        st.sampled_from([b"some", b"full", b"any"]), st.just(b" avg10="), LOAD, st.just(b"avg60="),
        LOAD, st.just(b"avg300="), LOAD, st.just(b"total="), DIGITS, MORE), min_size=1,
        max_size=3).map(b"".join),
    "schedstat": joined(st.sampled_from([b"version %d\n" % n for n in (14, 15, 16, 17, 99)]),
                        st.lists(joined(st.just(b"cpu"), CPU, NUMBERS(12, 14), st.just(b"\n"))
                                 | st.sampled_from([b"timestamp 5\n", b"domain0 MC x 1\n"]),
                                 max_size=5).map(b"".join)),
    "cgroup/io.stat": st.lists(joined(
        DIGITS, st.just(b":"), DIGITS, st.lists(joined(
            st.sampled_from([b" ", b"  "]),
            joined(st.sampled_from([b"rbytes=", b"wios=", b"dbytes=", b"dios="]), DIGITS)
            | st.sampled_from([b"depth=max", b"7:3", b"cost.usage=5", b"x"])),
            max_size=8).map(b"".join),
        st.just(b"\n")), max_size=4).map(b"".join),
    "cpuidle": st.lists(joined(
        st.just(b"cpu"), CPU, st.just(b"/cpuidle/state"), DIGITS, st.just(b"/time:"), DIGITS,
        st.just(b"\n")), min_size=1, max_size=6).map(b"".join),
    "cgroup/cpuacct.usage_percpu": joined(DIGITS, NUMBERS(0, 9), st.sampled_from([b"\n", b" \n"])),
    "PID/stat": joined(DIGITS, st.just(b" ("), st.binary(max_size=64).filter(lambda c: 0 not in c),
                       st.just(b") S"), NUMBERS(21, 55), st.just(b"\n")),
}


@pytest.mark.parametrize("source", TEXTS)
@given(data=st.data())
def test_the_grammar(source, data):
    text = data.draw(TEXTS[source])
    assert said(source, text) == truth(source, text)


@pytest.mark.parametrize("source", SMALL)
@given(text=st.text("cpu0129. /\n\0:=(-S", max_size=80).map(str.encode))
def test_any_text(source, text):
    assert said(source, text) == truth(source, text)


# Nothing is read or written beyond the buffers

class Fence:
    """A page between two that may not be touched: one byte too far ends the process."""

    def __init__(self):
        self.memory = mmap.mmap(-1, 3 * mmap.PAGESIZE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        for page in (0, 2):
            at = ctypes.c_void_p(start + page * mmap.PAGESIZE)
            assert protect(at, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0

    def room(self, size, at_end):
        start = 2 * mmap.PAGESIZE - size if at_end else mmap.PAGESIZE
        return memoryview(self.memory)[start:start + size]


@pytest.mark.parametrize("source", SMALL)
@pytest.mark.parametrize("at_end", [False, True], ids=["first", "last"])
def test_nothing_beyond_the_buffers_is_touched(source, at_end):
    whole = SMALL[source]
    parser = descriptors.find(source).learn(whole, source)
    texts, rows = Fence(), Fence()
    for size in range(len(whole) + 1):
        text = texts.room(size, at_end)
        text[:] = whole[:size]
        for room in range(3):
            parser.parse_into(text, rows.room(room * parser.row_bytes, at_end))
        assert said(source, text) == truth(source, whole[:size])
