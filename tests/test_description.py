"""What is said of the sources, against what the parsers yield."""
from pathlib import Path

import oracle
import pytest
from texts import CASES, text_of

import hzstat
from hzstat import descriptors

KINDS = {"counter", "gauge", "key", "mask"}


@pytest.mark.parametrize("source", oracle.SOURCES)
def test_every_field_is_described(source):
    known = hzstat.describe(source)
    assert (known.name, known.path.endswith(source.partition("/")[2])) == (source, True)
    assert known.document.startswith("Documentation/")
    assert all(field.kind in KINDS and field.meaning for field in known.fields)
    for name in {field.name for field in known.fields}:
        assert [field.name for field in known.fields].count(name) == 1
    if not known.keyed:
        parser = descriptors.find(source).parser()
        assert parser.name == source
        assert [field.name for field in known.fields] == [name for name, _ in parser.fields]
        return
    for case in CASES:
        if case[1] == source:
            row, = oracle.SOURCES[source](text_of(*case))
            assert [field.name for field in known.of(row)] == list(row)


@pytest.mark.parametrize(("source", "name", "unit", "kind"), [
    ("meminfo", "MemTotal", "kB", "gauge"), ("meminfo", "HugePages_Total", "huge pages", "gauge"),
    ("vmstat", "nr_free_pages", "pages", "gauge"), ("vmstat", "pgfault", "events", "counter"),
    ("vmstat", "nr_dirtied", "pages", "counter"), ("vmstat", "pgpgin", "kB", "counter"),
    ("net/snmp", "Tcp.RetransSegs", "packets", "counter"),
    ("net/snmp", "Tcp.CurrEstab", "sockets", "gauge"),
    ("net/netstat", "TcpExt.ListenDrops", "events", "counter"),
    ("net/netstat", "IpExt.InOctets", "bytes", "counter"),
    ("cgroup/cpu.stat", "usage_usec", "us", "counter"), ("stat", "user", "ticks", "counter"),
    ("pressure/io", "total_us", "us", "counter"), ("diskstats", "in_flight", "requests", "gauge"),
    ("PID/stat", "utime", "ticks", "counter"), ("PID/statm", "resident", "pages", "gauge")])
def test_units_and_kinds(source, name, unit, kind):
    field, = hzstat.describe(source).of([name])
    assert (field.unit, field.kind) == (unit, kind)


def test_a_description_reads_as_a_table():
    text = str(hzstat.describe("diskstats"))
    assert text.splitlines()[0] == "diskstats: /proc/diskstats, since Linux 2.5.69"
    assert "rd_ios      requests  counter" in text


def test_an_unknown_field_or_source_is_refused():
    with pytest.raises(KeyError, match="stat has no field"):
        list(hzstat.describe("stat").of(["nope"]))
    for name in ("nope", "pressure", "descriptor", "", "net__dev", "stat.", "../stat", "a b"):
        with pytest.raises(ValueError, match="no source"):
            hzstat.describe(name)
    for name in (None, 3, b"stat", Path("stat")):
        with pytest.raises(TypeError, match="named by a str"):
            hzstat.describe(name)
