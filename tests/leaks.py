"""Calls each public function again and again, and looks whether memory, files or references grow.

    python tests/leaks.py [CALLS]       1000000 by default; the whole takes some minutes then
"""
import gc
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

import hzstat
from hzstat._ring import Ring

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
SLACK_KB = 1024                 # of the allocator and of numpy's own caches
ROOT = Path(__file__).parent / "fixtures/linux-6.18-two-cpus/proc"
PID = next(int(path.name) for path in ROOT.iterdir() if path.name.isdigit())
ROWS = {name: hzstat.read(name, ROOT) for name in ("stat", "net/dev", "net/snmp")}
READERS = {name: hzstat.Reader(name, ROOT) for name in ("stat", "vmstat", "net/snmp", "softirqs")}
INTO = {name: reader.read() for name, reader in READERS.items()}
TEXTS = {name: (ROOT / name).read_bytes() for name in ("stat", "meminfo", "net/netstat")}
RING = Ring(16, 4, about=b"source x\nheader u8 tick\nrow u8 value")
empty = Path(tempfile.mkdtemp())


def refused(error, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except error:
        return
    raise AssertionError("it was taken")


CASES = {
    "read stat": lambda: hzstat.read("stat", ROOT),
    "read net/snmp": lambda: hzstat.read("net/snmp", ROOT),
    "read PID/stat": lambda: hzstat.read("PID/stat", ROOT, pid=PID),
    "values": lambda: hzstat.values("net/dev", ROOT),
    **{f"parse {name}": lambda name=name: hzstat.parse(name, TEXTS[name]) for name in TEXTS},
    **{f"Reader.read {name}": READERS[name].read for name in READERS},
    **{f"Reader.read_into {name}": lambda name=name: READERS[name].read_into(INTO[name])
       for name in READERS},
    "Reader": lambda: hzstat.Reader("loadavg", ROOT).close(),
    "Reader of many files": lambda: hzstat.Reader("cpuidle", ROOT.parent / "cpu").close(),
    "many files that are missing": lambda: refused(hzstat.SourceUnavailable, hzstat.read,
                                                   "cpuidle", empty),
    "rates stat": lambda: hzstat.rates(ROWS["stat"], ROWS["stat"], seconds=1),
    "rates net/dev": lambda: hzstat.rates(ROWS["net/dev"], ROWS["net/dev"], seconds=1),
    "describe": lambda: str(hzstat.describe("uptime")),
    "sources": hzstat.sources,
    "cpu_percent": lambda: hzstat.cpu_percent(1e-9),
    "net_rates": lambda: hzstat.net_rates(1e-9),
    "a broken text": lambda: refused(hzstat.ParseError, hzstat.parse, "stat", b"cpu 1 x\n"),
    "a broken keyed text": lambda: refused(hzstat.ParseError, hzstat.parse, "meminfo", b"A 1\nB\n"),
    "a file that is missing": lambda: refused(hzstat.SourceUnavailable, hzstat.read, "stat", empty),
    "a process that is gone": lambda: refused(hzstat.ProcessGone, hzstat.read, "PID/io", pid=2**22),
    "attach": lambda: hzstat.attach(fd=RING.fd),
    "attach to what is no ring": lambda: refused(hzstat.NoSampler, hzstat.attach, fd=0),
    "rows of another type": lambda: refused(ValueError, READERS["stat"].read_into,
                                            np.zeros(9, "f4")),
}


def memory_kb():
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def watched():
    """Files open, objects that the collector knows, references to a few objects that all share."""
    gc.collect()
    return (len(os.listdir("/proc/self/fd")), len(gc.get_objects()),
            [sys.getrefcount(shared) for shared in (None, hzstat.Rows, TEXTS["stat"], ROOT, b"")])


def grown(call):
    for _ in range(1000):
        call()
    files, objects, references = watched()
    kb = memory_kb()
    for _ in range(CALLS):
        call()
    after = watched()
    found = []
    if after[0] > files:
        found.append(f"{after[0] - files} files")
    if after[1] > objects + 50:
        found.append(f"{after[1] - objects} objects")
    found += [f"{b - a} references" for a, b in zip(references, after[2], strict=True)
              if b - a > 50]
    if memory_kb() > kb + SLACK_KB:
        found.append(f"{memory_kb() - kb} kB")
    return found


leaking = 0
for name, call in CASES.items():
    found = grown(call)
    leaking += bool(found)
    print(f"{name:28} {CALLS} calls: {' '.join(['grew', *found]) if found else 'flat'}",
          flush=True)
sys.exit(bool(leaking))
