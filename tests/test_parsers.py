"""Every text that /proc has been seen to hold, and every way to break it.

Whole records are compared: with goldens for the machines in fixtures/, with the oracle for texts
that hypothesis makes and for texts with one byte wrong.
"""
import ctypes
import json
import mmap
from pathlib import Path

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hzstat
from hzstat import descriptors
from hzstat._keyed import KeyedSource
from hzstat.procfs import values

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
GOLDENS = {path.stem: json.loads(path.read_text()) for path in (HERE / "goldens").glob("*.json")}
CASES = [(machine, source) for machine, golden in sorted(GOLDENS.items()) for source in golden]

HEAD = b"Inter-|   Receive  |  Transmit\n face |bytes    |bytes\n"
SIXTEEN = b" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
TOO_LARGE = b"18446744073709551616"


def text_of(machine, source):
    return (FIXTURES / machine / "proc" / source).read_bytes()


def records(array):
    return [dict(zip(array.dtype.names, row, strict=True)) for row in array.tolist()]


def golden_of(machine, source):
    return [{field: value.encode("utf-8", "surrogateescape") if field == "name" else value
             for field, value in row.items()} for row in GOLDENS[machine][source]]


def said(source, text):
    """What hzstat makes of `text`: its records, or the offset of its ParseError."""
    try:
        return records(hzstat.parse(source, text))
    except hzstat.ParseError as failure:
        return failure.offset


def truth(source, text):
    try:
        return oracle.SOURCES[source](text)
    except oracle.Broken as failure:
        return failure.offset


# Whole machines

def test_every_fixture_has_a_golden():
    files = {path for path in FIXTURES.glob("*/proc/**/*") if path.is_file()}
    assert files == {FIXTURES / machine / "proc" / source for machine, source in CASES}


@pytest.mark.parametrize(("machine", "source"), CASES)
def test_golden(machine, source):
    root = FIXTURES / machine / "proc"
    golden = golden_of(machine, source)
    assert records(hzstat.parse(source, text_of(machine, source))) == golden
    assert records(hzstat.read(source, root)) == golden
    plain = values(source, root)
    for row in plain:
        if "name" in row:
            row["name"] = row["name"].rstrip(b"\0")     # they come as they lie in the row
    assert plain == golden
    assert truth(source, text_of(machine, source)) == golden


# What has broken other parsers (design: "Real /proc text that breaks parsers"), row by row

def test_a_cpu_is_known_by_its_printed_number():
    assert hzstat.parse("stat", text_of("offline-cpus", "stat"))["cpu"].tolist() == [-1, 0, 1, 3]


@pytest.mark.parametrize("columns", [4, 7, 8, 9, 10, 11, 14])
def test_missing_columns_are_absent_and_further_ones_ignored(columns):
    text = b"cpu " + b" ".join(b"%d" % n for n in range(1, columns + 1)) + b"\nintr 1\n"
    row, = records(hzstat.parse("stat", text))
    known = min(columns, 10)
    present = [name for bit, name in enumerate(row) if row["present"] >> bit & 1]
    assert present == ["cpu", *oracle.CPU_COLUMNS[:known]]
    assert [row[name] for name in present[1:]] == [*range(1, known + 1)]


def test_an_intr_line_of_any_length_is_passed_over():
    text = b"cpu 1 2 3 4\nintr" + 200_000 * b" 0" + b"\nctxt 5\n"
    assert hzstat.parse("stat", text)["idle"].tolist() == [4]


def test_btime_may_be_missing_or_negative():
    assert said("stat", b"cpu 1 2 3 4\n") == said("stat", b"cpu 1 2 3 4\nbtime -5\n")


@pytest.mark.parametrize("name", [
    b"eth0", b"bond0:1", b"::", b"x\x1b[31my", b"a.b@c-d", b"\"'`$", "kärnten".encode(), b"\xff",
    b"a23456789012345", b"16_bytes_are_fit", b"|"])
@pytest.mark.parametrize("gap", [b" ", b""], ids=["space", "tight"])
def test_the_last_colon_ends_a_name(name, gap):
    text = HEAD + b"  " + name + b":" + gap + SIXTEEN.lstrip()
    row, = records(hzstat.parse("net/dev", text))
    assert list(row.values()) == [name, *range(1, 17)]


def test_no_interfaces_are_no_rows():
    assert said("net/dev", HEAD) == []


def test_a_thousand_interfaces(tmp_path):
    text = HEAD + b"".join(b"veth%d:" % n + b" %d" % n * 16 + b"\n" for n in range(1000))
    rows = hzstat.parse("net/dev", text)
    assert rows["name"].tolist() == [b"veth%d" % n for n in range(1000)]
    assert rows["tx_compressed"].tolist() == list(range(1000))
    (tmp_path / "net").mkdir()
    (tmp_path / "net/dev").write_bytes(text)
    assert hzstat.read("net/dev", tmp_path).tolist() == rows.tolist()


@pytest.mark.parametrize(("line", "field", "value"), [
    (b"HugePages_Total:       0\n", "HugePages_Total", 0),
    (b"ShadowCallStack:10373888 kB\n", "ShadowCallStack", 10373888),
    (b"SwapFree: 18446744073709551615 kB\n", "SwapFree", 2**64 - 1),
    (b"Active(anon):  7 kB\n", "Active(anon)", 7),
    (b"nr_free_pages 8\n", "nr_free_pages", 8),
    (b"VmPeak:\t9 kB\n", "VmPeak", 9),
    (b"M\xff: 1\n", "M\\xff", 1)])
def test_keyed_lines(line, field, value):
    assert said("meminfo", b"First: 1 kB\n" + line) == [{"First": 1, field: value}]


def test_what_meminfo_lacks_is_absent():
    names = hzstat.parse("meminfo", text_of("openvz", "meminfo")).dtype.names
    assert names == ("MemTotal", "MemFree", "SwapTotal", "SwapFree")


def test_the_first_of_two_equal_keys_counts():
    assert said("meminfo", b"A: 1\nB: 2\nA: 3\n") == [{"A": 1, "B": 2}]


def test_keys_that_differ_only_in_what_ends_them_are_equal():
    assert records(hzstat.parse("meminfo", b"A: 1\nA 2\n")) == [{"A": 1}]


def test_loadavg_is_as_printed():
    assert said("loadavg", b"0.00 0.00 0.00 0/777 819244\n") == [
        {"load1": 0, "load5": 0, "load15": 0, "running": 0, "total": 777, "last_pid": 819244}]


# What is broken, and where

BROKEN = [
    ("stat", b"", 0),
    ("stat", b"\n", 0),
    ("stat", b"intr 1\n", 0),
    ("stat", b"cpu 1 2 3 4", 11),                       # cut before its end
    ("stat", b"cpu 1 2 3\n", 9),                        # too few columns
    ("stat", b"cpu\n", 3),
    ("stat", b"cpu 1 2 3 -4\n", 10),
    ("stat", b"cpu 1 2 3 4x\n", 11),
    ("stat", b"cpu 1 2 3 4\0\n", 11),
    ("stat", b"cpu 1 2\t3 4\n", 7),
    ("stat", b"cpu 1 2 3 4 5 6 7 8 9 10 x\n", 25),      # ignored, but a number all the same
    ("stat", b"cpu 1 2 3 " + TOO_LARGE + b"\n", 10),
    ("stat", b"cpu 1 2 3 4\ncpux 1 2 3 4\n", 15),
    ("stat", b"cpu 1 2 3 4\ncpu0\t1 2 3 4\n", 16),
    ("stat", b"cpu 1 2 3 4\ncpu0 1 2 3 4\nint", 28),
    ("stat", b"cpu2147483648 1 2 3 4\n", 3),
    ("net/dev", b"", 0),
    ("net/dev", b"Inter-|", 7),
    ("net/dev", b"Inter-\n", 0),
    ("net/dev", b"Inter-|\n", 8),
    ("net/dev", b"Inter-|\n face\n", 8),
    ("net/dev", HEAD + b"\n", len(HEAD)),
    ("net/dev", HEAD + b"  lo" + SIXTEEN, len(HEAD) + 2),
    ("net/dev", HEAD + b"  :" + SIXTEEN, len(HEAD) + 2),
    ("net/dev", HEAD + b" 17_bytes_are_long:" + SIXTEEN, len(HEAD) + 1),
    ("net/dev", HEAD + b" l\0o:" + SIXTEEN, len(HEAD) + 1),
    ("net/dev", HEAD + b"lo: 1 2\n", len(HEAD) + 7),
    ("net/dev", HEAD + b"lo:" + SIXTEEN[:-1], len(HEAD + SIXTEEN) + 2),
    ("net/dev", HEAD + b"lo: 1 -2\n", len(HEAD) + 6),
    ("net/dev", HEAD + b"lo: 1 2x\n", len(HEAD) + 7),
    ("net/dev", HEAD + b"lo: " + TOO_LARGE + SIXTEEN, len(HEAD) + 4),
    ("net/dev", HEAD + b"lo:" + SIXTEEN + b"eth0: 1", len(HEAD + SIXTEEN) + 10),
    ("loadavg", b"", 0),
    ("loadavg", b"0.00 0.00 0.00 0/777", 20),
    ("loadavg", b"0.00 0.00 0.00 0/777 5", 22),
    ("loadavg", b"0,00 0.00 0.00 0/777 5\n", 1),
    ("loadavg", b"0. 0.00 0.00 0/777 5\n", 2),
    ("loadavg", b"-0.1 0.00 0.00 0/777 5\n", 0),
    ("loadavg", b"0.00  0.00 0.00 0/777 5\n", 5),
    ("loadavg", b"0.00 0.00 0.00 0-777 5\n", 16),
    ("loadavg", b"0.00 0.00 0.00 0/777 5 \n", 22),
    ("loadavg", TOO_LARGE + b".00 0.00 0.00 0/777 5\n", 0),
    ("loadavg", b"0.00 0.00 0.00 0/777 " + TOO_LARGE + b"\n", 21),
    ("loadavg", b"0.00 18446744073709551615.00 0.00 0/777 5\n", 5),
    ("loadavg", b"0.000000000000000000000 0.00 0.00 0/777 5\n", 0),
    ("meminfo", b"", 0),
    ("meminfo", b"\n", 0),
    ("meminfo", b"A: 1\n\nB: 2\n", 5),
    ("meminfo", b"A: 1\nB", 5),
    ("meminfo", b"A: 1\nB\n", 5),
    ("meminfo", b"A: 1\n: 2\n", 5),
    ("meminfo", b"A: 1\nB\0: 2\n", 5),
    ("meminfo", b"A:\n", 2),
    ("meminfo", b"A: -1 kB\n", 3),
    ("meminfo", b"A: 1 MB\n", 4),
    ("meminfo", b"A: 1 kB", 4),
    ("meminfo", b"A: 1 kB \n", 4),
    ("meminfo", b"A: 1", 4),
    ("meminfo", b"A: 1\0\n", 4),
    ("meminfo", b"A: " + TOO_LARGE + b" kB\n", 3),
]


@pytest.mark.parametrize(("source", "text", "offset"), BROKEN)
def test_broken(source, text, offset):
    assert truth(source, text) == offset
    assert said(source, text) == offset


def test_an_error_says_where_and_what_was_expected():
    with pytest.raises(hzstat.ParseError, match=r"^stat: expected a digit at byte 10$"):
        hzstat.parse("stat", b"cpu 1 2 3 x\n")


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match="no source 'no/such'"):
        hzstat.parse("no/such", b"")


@pytest.mark.parametrize("name", [b"lo: 3", b"a b", b"a\tb", b"a/b", b"a\r", b"a\nb"])
def test_no_interface_has_a_name_that_the_kernel_refuses(name):
    text = HEAD + b"  " + name + b":" + SIXTEEN
    assert said("net/dev", text) == truth("net/dev", text) == len(HEAD) + 2


# One byte wrong, anywhere

SMALL = {
    "stat": b"cpu  21 0 3 44 5 0 0 0 0 0\ncpu0 20 0 3 44\n"
            b"cpu12 1 0 0 18446744073709551615\nintr 9 0\n",
    "net/dev": HEAD + b"    lo:    3193 29 0 0 0 0 0 0 3193 29 0 0 0 0 0 0\n"
                      b"eth0:1:4046496815 2 3 4 5 6 7 8 9 10 1 2 3 4 5 18446744073709551615 17\n",
    "loadavg": b"12.08 0.02 0.01 1/77 2809\n",
    "meminfo": b"MemTotal:  24684084 kB\nHuge_Total:       0\nnr_free 18446744073709551615\n"
               b"Shadow(x):10 kB\nVm:\t3 kB\n",
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
KEY = st.text("ab_(", min_size=1, max_size=20).map(str.encode)
KEY_ENDS = st.sampled_from([b":", b" "])
VALUE = joined(st.integers(0, 20).map(lambda n: n * b" "), st.sampled_from([b"", b"\t", b"\t  "]),
               DIGITS, st.sampled_from([b"\n", b" kB\n"]))
KEYED_FILE = st.lists(st.tuples(KEY, KEY_ENDS, VALUE), min_size=1, max_size=12,
                      unique_by=lambda line: line[0])
TEXTS = {
    "stat": joined(st.lists(CPU_LINE, min_size=1, max_size=6).map(b"".join), TAIL),
    "net/dev": joined(st.just(HEAD), st.lists(INTERFACE, max_size=6).map(b"".join)),
    "loadavg": joined(LOAD, LOAD, LOAD, DIGITS, st.just(b"/"), DIGITS, st.just(b" "), DIGITS,
                      st.just(b"\n")),
    "meminfo": KEYED_FILE.map(lambda lines: b"".join(b"".join(line) for line in lines)),
}


@pytest.mark.parametrize("source", TEXTS)
@given(data=st.data())
def test_the_grammar(source, data):
    text = data.draw(TEXTS[source])
    assert said(source, text) == truth(source, text)


@pytest.mark.parametrize("source", ["stat", "loadavg"])
@given(text=st.text("cpu0129. /\n\0", max_size=80).map(str.encode))
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


# A keyed file that changes while it is open

def learnt(text):
    return KeyedSource.learn("meminfo", text, "meminfo")


@pytest.fixture
def keyed(tmp_path):
    """A Reader of a meminfo with the keys A, Bb and Total_of_a_longer_key, and its file."""
    path = tmp_path / "meminfo"
    path.write_bytes(b"A: 1 kB\nBb: 2 kB\nTotal_of_a_longer_key: 3\n")
    with hzstat.Reader("meminfo", tmp_path) as reader:
        yield reader, path


@pytest.mark.parametrize(("text", "numbers"), [
    (b"A: 4 kB\nBb: 5 kB\nTotal_of_a_longer_key: 6\n", (4, 5, 6)),
    (b"Total_of_a_longer_key: 6\nBb: 5 kB\nA: 4 kB\n", (4, 5, 6)),          # another order
    (b"New: 9\nA: 4\nAA: 9\nBb: 5\nBb2: 9\nTotal_of_a_longer_key: 6\nZ: 9\n", (4, 5, 6)),
    (b"Bb: 5\nNew: 9\nA: 4\nTotal_of_a_longer_kez: 9\nTotal_of_a_longer_key: 6\n", (4, 5, 6))])
def test_keys_are_found_wherever_they_are(keyed, text, numbers):
    reader, path = keyed
    path.write_bytes(text)
    assert reader.read().tolist() == [numbers]


@pytest.mark.parametrize(("text", "offset"), [
    (b"A: 4\nBb: 5\n", 11),                                         # a key has gone
    (b"Bb: 5\nTotal_of_a_longer_key: 6\n", 31),
    (b"A: 4\nBb: 5\nTotal_of_a_longer_key 6\n", 35),                # another end, another key
    (b"A: 4\nBb: x\nTotal_of_a_longer_key: 6\n", 9),
    (b"A: 4\nNew\nBb: 5\nTotal_of_a_longer_key: 6\n", 5)])
def test_a_key_that_has_gone_is_an_error_and_never_a_zero(keyed, text, offset):
    reader, path = keyed
    path.write_bytes(text)
    with pytest.raises(hzstat.ParseError) as failure:
        reader.read()
    assert (failure.value.path, failure.value.offset) == (str(path), offset)
    path.write_bytes(b"A: 7\nBb: 8\nTotal_of_a_longer_key: 9\n")
    assert reader.read().tolist() == [(7, 8, 9)]


@given(data=st.data(), lines=KEYED_FILE)
def test_keys_in_any_order_among_any_others(data, lines):
    source = learnt(b"".join(b"".join(line) for line in lines))
    known = {key: end for key, end, _ in lines}
    others = [b"".join(line) for line in data.draw(KEYED_FILE) if line[0] not in known]
    again = [key + end + data.draw(VALUE) for key, end in known.items()]
    text = b"".join(data.draw(st.sampled_from([again, again + others])
                              | st.permutations(again + others)))
    row = bytearray(source.row_bytes)
    assert source.parse_into(text, row) == (1, 0)
    wanted = oracle.meminfo(text)[0]
    assert memoryview(row).cast("Q").tolist() == [wanted[name] for name, _ in source.fields]


@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n", b"-", b"9", b"\xff", b":", b"k", b"/"])
def test_one_byte_changed_after_the_keys_were_learnt(byte):
    """The way of every read but the first, which expects each number where it was."""
    whole = SMALL["meminfo"] + b"MemFree:         1533240 kB\nSwapTotal:        262144 kB\n"
    source = learnt(whole)
    keys = [key for key, *_ in source.keys]
    row = bytearray(source.row_bytes)
    for at in range(len(whole)):
        text = whole[:at] + byte + whole[at + 1:]
        count, offset = source.parse_into(text, row)
        wanted = truth("meminfo", text)
        if isinstance(wanted, int):
            assert (count < 0, offset) == (True, wanted), text
        elif not all(b"\n" + key in b"\n" + text for key in keys):
            assert (count < 0, offset) == (True, len(text)), text
        else:
            assert (count, offset) == (1, 0), text
            assert memoryview(row).cast("Q").tolist() == [
                wanted[0][name] for name, _ in source.fields], text
