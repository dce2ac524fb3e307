"""What each source's text means, slowly: plain Python and big integers, a function a source.

Each gives the rows as dicts, or raises Broken at the byte where the text stops being what the
kernel prints. Deliberately nothing of hzstat is imported, so that the two can only agree by
both being right.
"""
import re

CPU_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest",
               "guest_nice")
NET_COLUMNS = ("rx_bytes", "rx_packets", "rx_errs", "rx_drop", "rx_fifo", "rx_frame",
               "rx_compressed", "rx_multicast", "tx_bytes", "tx_packets", "tx_errs", "tx_drop",
               "tx_fifo", "tx_colls", "tx_carrier", "tx_compressed")
NO_NAME = re.compile(rb"[\0\t\v\f\r /]")    # the bytes that the kernel refuses in a name


class Broken(Exception):
    def __init__(self, offset):
        super().__init__(offset)
        self.offset = offset


def number(text, at):
    """The number that starts at `at`, and where it ends."""
    digits = re.compile(rb"[0-9]+").match(text, at)
    if not digits or int(digits[0]) >= 2**64:
        raise Broken(at)
    return int(digits[0]), digits.end()


def column(text, at):
    """As number(), but spaces may come before, and a space or the line's end must follow."""
    while text[at:at + 1] == b" ":
        at += 1
    value, at = number(text, at)
    return value, behind(text, at, b" ", b"\n") - 1


def behind(text, at, *wanted):
    for one in wanted:
        if text.startswith(one, at):
            return at + len(one)
    raise Broken(at)


def stat(text):
    if not text.endswith(b"\n"):
        raise Broken(len(text))
    rows, at = [], 0
    while text.startswith(b"cpu", at):
        cpu, at = -1, at + 3
        if text[at:at + 1] != b" ":
            start = at
            cpu, at = number(text, at)
            behind(text, at, b" ")
            if cpu >= 2**31:
                raise Broken(start)
        columns = []
        while len(columns) < 4 or text[at:].lstrip(b" ")[:1] != b"\n":
            value, at = column(text, at)
            columns.append(value)
        at = text.index(b"\n", at) + 1
        columns = columns[:10]
        rows.append({"cpu": cpu, **dict.fromkeys(CPU_COLUMNS, 0),
                     **dict(zip(CPU_COLUMNS, columns, strict=False)),
                     "present": 2 ** (1 + len(columns)) - 1})
    if not rows:
        raise Broken(0)
    return rows


def net_dev(text):
    *lines, rest = text.split(b"\n")
    rows, at = [], 0
    for count, line in enumerate(lines):
        if count >= 2:
            rows.append(interface(line + b"\n", at))
        elif b"|" not in line:
            raise Broken(at)
        at += len(line) + 1
    if rest or len(lines) < 2:
        raise Broken(len(text))
    return rows


def interface(line, line_at):
    start = len(line) - len(line.lstrip(b" "))
    name, colon, _ = line[start:].rpartition(b":")
    if not colon or not 1 <= len(name) <= 16 or NO_NAME.search(name):
        raise Broken(line_at + start)
    row, at = {"name": name}, start + len(name) + 1
    try:
        for field in NET_COLUMNS:
            row[field], at = column(line, at)
    except Broken as broken:
        raise Broken(line_at + broken.offset) from None
    return row


def loadavg(text):
    row, at = {}, 0
    for field in ("load1", "load5", "load15"):
        start = at
        _, at = number(text, at)
        fraction = at + 1
        if text[at:fraction] != b".":
            raise Broken(at)
        _, at = number(text, fraction)
        if int(text[start:at].replace(b".", b"")) >= 2**64 or 10 ** (at - fraction) >= 2**64:
            raise Broken(start)
        row[field] = float(text[start:at])
        at = behind(text, at, b" ")
    for field, end in (("running", b"/"), ("total", b" "), ("last_pid", b"\n")):
        row[field], at = number(text, at)
        at = behind(text, at, end)
    return [row]


def meminfo(text):
    if not text:
        raise Broken(0)
    row, at = {}, 0
    while at < len(text):
        key = re.compile(rb"([^: \t\n\0]+)[: \t][ \t]*").match(text, at)
        if not key:
            raise Broken(at)
        value, at = number(text, key.end())
        at = behind(text, at, b" kB\n", b"\n")
        row.setdefault(key[1].decode("utf-8", "backslashreplace"), value)
    return [row]


SOURCES = {"stat": stat, "meminfo": meminfo, "net/dev": net_dev, "loadavg": loadavg}
