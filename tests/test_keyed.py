"""Keyed files in all their shapes: broken texts, and files that change while they are open."""
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from test_any_text import DIGITS
from texts import TOO_LARGE, records, said, text_of, truth

import hzstat
from hzstat import descriptors

LINES, STATUS, PAIRS, GROUPS = "meminfo", "PID/status", "net/snmp", "net/sockstat"

# What has broken other parsers

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


def test_fields_of_a_group_are_named_after_it():
    assert said(PAIRS, b"Ip: A B\nIp: 1 2\nTcp: A\nTcp: 3\n") == [
        {"Ip.A": 1, "Ip.B": 2, "Tcp.A": 3}]
    assert said(GROUPS, b"sockets: used 8\nTCP: inuse 1 mem 2\n") == [
        {"sockets.used": 8, "TCP.inuse": 1, "TCP.mem": 2}]


def test_maxconn_alone_may_be_below_zero():
    rows = hzstat.parse(PAIRS, b"Tcp: RtoMin MaxConn InSegs\nTcp: 200 -1 5\n")
    assert rows.tolist() == [(200, -1, 5)]
    assert rows.dtype["Tcp.MaxConn"].kind == "i"
    assert said(PAIRS, b"Tcp: RtoMin\nTcp: -1\n") == 17


def test_a_status_has_lines_of_other_kinds():
    text = b"Name:\tThreads: 9\nUid:\t0\t0\nVmRSS:\t    12 kB\nThreads:\t3\n"
    row, = records(hzstat.parse(STATUS, text))
    assert row == {"VmRSS": 12, "Threads": 3}


# What is broken, and where

BROKEN = [
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
    (STATUS, b"", 0),
    (STATUS, b"Name:\tx\n", 8),                            # nothing that we know
    (STATUS, b"Threads:\t3", 10),
    (STATUS, b"Threads:\tx\n", 9),
    (STATUS, b"Threads:\t3 x\n", 10),
    (STATUS, b"VmRSS:\t1 kB\nName", 16),
    (PAIRS, b"", 0),
    (PAIRS, b"Tcp: A\n", 7),
    (PAIRS, b"Tcp: A\nUdp: 1\n", 7),
    (PAIRS, b"Tcp: A B\nTcp: 1\n", 15),
    (PAIRS, b"Tcp: A\nTcp: 1 2\n", 13),
    (PAIRS, b"Tcp: A\nTcp: 1", 13),
    (PAIRS, b"Tcp: A\nTcp: 1x\n", 13),
    (PAIRS, b"Tcp A\nTcp: 1\n", 0),
    (PAIRS, b"Tcp:A\nTcp:1\n", 4),
    (PAIRS, b"Tcp:  A\nTcp: 1\n", 5),
    (PAIRS, b"Tcp: A\nTcp: " + TOO_LARGE + b"\n", 12),
    (PAIRS, b"Tcp: MaxConn\nTcp: 9223372036854775808\n", 18),
    (PAIRS, b"Tcp:\nTcp:\n", 10),
    (GROUPS, b"", 0),
    (GROUPS, b"TCP: inuse\n", 10),
    (GROUPS, b"TCP: inuse 1 mem\n", 16),
    (GROUPS, b"TCP: inuse 1", 12),
    (GROUPS, b"TCP: inuse 1x\n", 12),
    (GROUPS, b"TCP inuse 1\n", 0),
    (GROUPS, b"TCP: inuse -1\n", 11),
    (GROUPS, b"TCP:\n", 5),
]


@pytest.mark.parametrize(("source", "text", "offset"), BROKEN)
def test_broken(source, text, offset):
    assert truth(source, text) == offset
    assert said(source, text) == offset


def test_more_keys_than_any_kernel_has_are_refused():
    lines = [b"k%d 1\n" % n for n in range(4097)]
    assert len(hzstat.parse("vmstat", b"".join(lines[:4096])).dtype) == 4096
    with pytest.raises(hzstat.ParseError, match="no more than 4096 keys"):
        hzstat.parse("vmstat", b"".join(lines))


# Whatever the grammar allows

def unique(lines):
    return st.lists(lines, min_size=1, max_size=12, unique_by=lambda line: line[0])


KEY = st.text("ab_(", min_size=1, max_size=40).map(str.encode)
GAP = st.sampled_from([b"", b" ", b"    ", b"\t", b"\t  ", 17 * b" "])
LINE = st.tuples(KEY, st.sampled_from([b":", b" "]), GAP, DIGITS,
                 st.sampled_from([b"\n", b" kB\n"]))
KNOWN = st.tuples(st.sampled_from([b"VmRSS", b"VmPeak", b"Threads", b"voluntary_ctxt_switches"]),
                  st.just(b":"), GAP, DIGITS, st.sampled_from([b"\n", b" kB\n"]))
OTHER = st.tuples(st.integers(0, 99).map(lambda n: b"Sig%d" % n),
                  st.sampled_from([b":\tff\n", b"\n", b": 1 2\n"]))
NAMES = st.lists(KEY, min_size=1, max_size=30, unique=True)


@st.composite
def grouped(draw, line):
    """Lines of groups; the key of each is the group."""
    return [(group, *draw(line(group))) for group in draw(st.lists(KEY, min_size=1, max_size=5,
                                                                   unique=True))]


@st.composite
def pair(draw, group):
    names = draw(NAMES)
    numbers = [draw(st.sampled_from([b" ", b" ", b"  "])) + draw(DIGITS) for _ in names]
    return [b": ", b" ".join(names), b"\n", group, b":", b"".join(numbers), b"\n"]


@st.composite
def sockets(draw, group):
    return [b":", *(b" %s %s" % (name, draw(DIGITS)) for name in draw(NAMES)), b"\n"]


FILES = {LINES: unique(LINE), STATUS: unique(KNOWN | OTHER), PAIRS: grouped(pair),
         GROUPS: grouped(sockets)}


def text_from(lines):
    return b"".join(b"".join(line) for line in lines)


@pytest.mark.parametrize("source", FILES)
@given(data=st.data())
def test_the_grammar(source, data):
    text = text_from(data.draw(FILES[source]))
    assert said(source, text) == truth(source, text)


def reread(source, before, after):
    """What a parser that has learnt from one text makes of another: the row, or the offset."""
    parser = descriptors.find(source).learn(before, source)
    row = bytearray(parser.row_bytes)
    for _ in range(2):          # by the width of its numbers, too, once it has seen them
        count, offset = parser.parse_into(after, row)
    if count < 0:
        return offset
    return dict(zip((name for name, _ in parser.fields), memoryview(row).cast("Q").tolist(),
                    strict=True))


@pytest.mark.parametrize("source", FILES)
@given(data=st.data())
def test_keys_in_any_order_among_any_others(source, data):
    lines = data.draw(FILES[source])
    before = text_from(lines)
    assume(isinstance(truth(source, before), list))
    others = [line for line in data.draw(FILES[source])
              if line[0] not in {line[0] for line in lines}]
    again = [tuple(piece if not piece.strip(b" ").isdigit() else data.draw(DIGITS)
                   for piece in line) if source in (LINES, STATUS) else line for line in lines]
    after = text_from(data.draw(st.sampled_from([again, again + others])
                                | st.permutations(again + others)))
    wanted = truth(source, after)
    assert isinstance(wanted, list)
    assert reread(source, before, after) == {name: wanted[0][name]
                                             for name in truth(source, before)[0]}


@pytest.mark.parametrize("machine", ["linux-6.18-two-cpus", "linux-3.10-centos-7"])
@pytest.mark.parametrize("source", ["meminfo", "vmstat", "net/snmp", "net/snmp6", "net/netstat",
                                    "net/sockstat", "PID/io", "PID/status"])
@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n", b"-", b"9", b"\xff", b":", b"k", b"/"])
def test_one_byte_changed_after_the_keys_were_learnt(machine, source, byte):
    """The way of every read but the first, which expects each number where it was."""
    whole = text_of(machine, source)
    names = list(truth(source, whole)[0])
    for at in range(byte[0] % 23, len(whole), 23):
        text = whole[:at] + byte + whole[at + 1:]
        wanted = truth(source, text)
        if isinstance(wanted, list):
            missing = [name for name in names if name not in wanted[0]]
            wanted = len(text) if missing else {
                name: wanted[0][name] % 2**64 for name in names}
        elif source == STATUS and wanted == len(text):
            continue            # no known key at all, or a cut line
        elif source == PAIRS and text[wanted:wanted + 1] == b"-":
            continue            # what isn't known may have a minus
        assert reread(source, whole, text) == wanted, (at, text)


# A file that changes while it is open

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
    (b"A: 4\nBb: 5\nTotal_of_a_longer_key 6\n", (4, 5, 6)),             # another end
    (b"New: 9\nA: 4\nAA: 9\nBb: 5\nBb2: 9\nTotal_of_a_longer_key: 6\nZ: 9\n", (4, 5, 6)),
    (b"Bb: 5\nNew: 9\nA: 4\nTotal_of_a_longer_kez: 9\nTotal_of_a_longer_key: 6\n", (4, 5, 6))])
def test_keys_are_found_wherever_they_are(keyed, text, numbers):
    reader, path = keyed
    path.write_bytes(text)
    assert reader.read().tolist() == [numbers]


@pytest.mark.parametrize(("text", "offset"), [
    (b"A: 4\nBb: 5\n", 11),                                         # a key has gone
    (b"Bb: 5\nTotal_of_a_longer_key: 6\n", 31),
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
