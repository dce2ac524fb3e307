"""What is fuzzed: the sources, and the texts that fuzzing sets out from."""
import os
from pathlib import Path

FIXTURES = Path(__file__).parents[1] / "fixtures"
SEPARATOR = b"\xff\xff"     # keyed files: between the text to learn from and the one to parse

# Small, so that one mutation changes a lot; the machines in fixtures/ add the rest.
HEAD = b"Inter-|\n face |\n"
TEXTS = {
    "stat": [b"cpu 1 2 3 4\nintr 5\n", b"cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4\nbtime -1\n"],
    "net/dev": [HEAD, HEAD + b" lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"],
    "loadavg": [b"0.00 0.00 0.00 0/777 819244\n"],
    "diskstats": [b"8 0 sda 1 2 3 4\n", b"8 0 77 hda 1 2 3 4 5 6 7 8 9 10 11\n"],
    "uptime": [b"1.00 2.00\n"],
    "PID/statm": [b"1 2 3 4 5 6 7\n"],
    "pressure/cpu": [b"some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"],
    "schedstat": [b"version 15\ncpu0 1 2 3 4 5 6 7 8 9\n", b"version 14\n"],
    "softirqs": [b" CPU0 CPU1\n HI: 1 2\nTIMER: 3 4\n", b"CPU0\nBLOCK_IOPOLL: 1\n"],
    "cgroup/io.stat": [b"", b"8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"],
    "cpuidle": [b"cpu0/cpuidle/state0/time:1\n",
                b"cpu1/cpuidle/state0/time:1\ncpu1/cpuidle/state1/time:2\n"],
    "cgroup/cpuacct.usage_percpu": [b"1 2 \n", b"3\n"],
    "PID/stat": [b"1 (a) b) R " + b"1 " * 21 + b"1\n", b"1 () S" + b" 1" * 50 + b"\n"],
    "meminfo": [b"A: 1 kB\nB: 2\n", b"A: 1\nB: 2\n" + SEPARATOR + b"B: 3\nC: 4 kB\nA: 5\n"],
    "PID/status": [b"Name:\tx\nPid:\t1\nVmRSS:\t 2 kB\n",
                   b"Pid:\t1\nPPid:\t2\n" + SEPARATOR + b"PPid:\t3\n\nPid:\t4\n"],
    "net/snmp": [b"Tcp: A MaxConn\nTcp: 1 -1\n",
                 b"A: b c\nA: 1 2\n" + SEPARATOR + b"A: c d b\nA: 1 2 3\n"],
    "net/sockstat": [b"A: b 1\nC:\n", b"A: b 1 c 2\n" + SEPARATOR + b"D: b 9\nA: c 3 b 4\n"],
}
SHAPES = {"meminfo": "lines", "PID/status": "status", "net/snmp": "pairs",
          "net/sockstat": "groups"}
# Learning takes most of an execution's time; a target of this name has learnt its keys before,
# from the machines' files, of which the first byte of an input chooses one.
AGAIN = {f"{source}-again": source for source in SHAPES}
# Files of one shape have one parser, so they teach each other.
ALSO = {"meminfo": ["vmstat", "cgroup/cpu.stat", "cgroup/memory.stat", "PID/io", "net/snmp6"],
        "net/snmp": ["net/netstat"], "net/sockstat": ["net/sockstat6"],
        "pressure/cpu": ["pressure/memory", "pressure/io", "pressure/irq"],
        "PID/statm": ["PID/schedstat"]}


def lessons(target):
    """What a keyed target may learn from: the machines' files."""
    return [text for source in (target, *ALSO.get(target, ())) for text in machines(source)]


def seeds(target):
    texts = lessons(AGAIN.get(target, target))
    if target in AGAIN:
        yield from (bytes([number]) + text for number, text in enumerate(texts))
        return
    yield from TEXTS[target]
    yield from texts
    if target in SHAPES:
        for one, other in zip(texts, texts[1:] + texts[:1], strict=True):
            yield one + SEPARATOR + other
            yield one + SEPARATOR + one.replace(b"0", b"123")       # the same keys, wider


def machines(source):
    """The source's files of all machines, and of all processes and cgroups there."""
    if source == "cpuidle":
        return [b"".join(b"%s:%s" % (os.fsencode(file.relative_to(root)), file.read_bytes())
                         for file in sorted(root.rglob("time")))
                for root in sorted(FIXTURES.glob("*/cpu"))]
    pattern = f"*/proc/{source}"
    if source.startswith("PID/"):
        pattern = source.replace("PID", "*/proc/[0-9]*")
    elif source.startswith("cgroup/"):
        pattern = source.replace("cgroup/", "*/cgroup/**/")
    return [file.read_bytes() for file in sorted(FIXTURES.glob(pattern))]
