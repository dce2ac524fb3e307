"""What each source's text means, slowly: plain Python and big integers, a function a source.

Each gives the rows as dicts, or raises Broken at the byte where the text stops being what the
kernel prints. Deliberately nothing of hzstat is imported, so that the two can only agree by
both being right.
"""
import re

from oracle_keyed import (
    Broken,
    behind,
    groups,
    lines,
    meminfo,
    number,
    pairs,
    pid_status,
    signed,
    spaces,
)

CPU_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest",
               "guest_nice")
TOTALS = {b"intr": "intr", b"ctxt": "ctxt", b"btime": "btime", b"processes": "processes",
          b"procs_running": "procs_running", b"procs_blocked": "procs_blocked",
          b"softirq": "softirqs"}
NET_COLUMNS = ("rx_bytes", "rx_packets", "rx_errs", "rx_drop", "rx_fifo", "rx_frame",
               "rx_compressed", "rx_multicast", "tx_bytes", "tx_packets", "tx_errs", "tx_drop",
               "tx_fifo", "tx_colls", "tx_carrier", "tx_compressed")
DISK_COLUMNS = ("rd_ios", "rd_merges", "rd_sectors", "rd_ms", "wr_ios", "wr_merges", "wr_sectors",
                "wr_ms", "in_flight", "io_ms", "queue_ms", "dc_ios", "dc_merges", "dc_sectors",
                "dc_ms", "fl_ios", "fl_ms")
PARTITION_COLUMNS = ("rd_ios", "rd_sectors", "wr_ios", "wr_sectors")
SCHED_COLUMNS = ("yld_count", "sched_switch", "sched_count", "sched_goidle", "ttwu_count",
                 "ttwu_local", "run_ns", "wait_ns", "timeslices")
SOFTIRQS = ("HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER",
            "RCU")
IO_KEYS = ("rbytes", "wbytes", "rios", "wios", "dbytes", "dios")
PROCESS = (
    "pid", "comm", "state", "ppid", "pgrp", "session", "tty_nr", "tpgid", "flags", "minflt",
    "cminflt", "majflt", "cmajflt", "utime", "stime", "cutime", "cstime", "priority", "nice",
    "num_threads", "itrealvalue", "starttime", "vsize", "rss", "rsslim", "startcode", "endcode",
    "startstack", "kstkesp", "kstkeip", "signal", "blocked", "sigignore", "sigcatch", "wchan",
    "nswap", "cnswap", "exit_signal", "processor", "rt_priority", "policy", "delayacct_blkio_ticks",
    "guest_time", "cguest_time", "start_data", "end_data", "start_brk", "arg_start", "arg_end",
    "env_start", "env_end", "exit_code")
SIGNED = (
    "ppid", "pgrp", "session", "tty_nr", "tpgid", "cutime", "cstime", "priority", "nice",
    "num_threads", "itrealvalue", "exit_signal", "processor", "cguest_time", "exit_code")
NO_NAME = re.compile(rb"[\0\t\v\f\r /]")    # the bytes that the kernel refuses in a name
NO_DISK = re.compile(rb"[\0\t\v\f\r]")


# Pieces of a text

def decimal(text, at):
    start = at
    _, at = number(text, at)
    fraction = at + 1
    if text[at:fraction] != b".":
        raise Broken(at)
    _, at = number(text, fraction)
    if int(text[start:at].replace(b".", b"")) >= 2**64 or 10 ** (at - fraction) >= 2**64:
        raise Broken(start)
    return float(text[start:at]), at


def token(text, at):
    return re.compile(rb"[^ \n]*").match(text, at)[0]


def column(text, at):
    """As number(), but spaces may come before, and a space or the line's end must follow."""
    value, at = number(text, spaces(text, at))
    return value, behind(text, at, b" ", b"\n") - 1


def columns(text, at, least):
    """The numbers up to the line's end, at least so many, and where the next line starts."""
    values, at = [], spaces(text, at)
    while len(values) < least or text[at:at + 1] != b"\n":
        value, at = column(text, at)
        values.append(value)
        at = spaces(text, at)
    return values, at + 1


def line_end(text, at):
    """Where the next line starts: this one ends here, or a space precedes what is ignored."""
    behind(text, at, b" ", b"\n")
    if b"\n" not in text[at:]:
        raise Broken(len(text))
    return text.index(b"\n", at) + 1


def ended(text):
    if not text.endswith(b"\n"):
        raise Broken(len(text))


def masked(fields, printed):
    """A row: what was printed, 0 for the rest, and the mask that tells the two apart."""
    return {**{field: printed.get(field, 0) for field in fields},
            "present": sum(2**bit for bit, field in enumerate(fields) if field in printed)}


# Table files

def stat(text):
    ended(text)
    rows, at = [], 0
    while text.startswith(b"cpu", at):
        cpu, at = -1, at + 3
        if text[at:at + 1] != b" ":
            start = at
            cpu, at = number(text, at)
            behind(text, at, b" ")
            if cpu >= 2**31:
                raise Broken(start)
        values, at = columns(text, at, 4)
        rows.append({"cpu": cpu, **dict(zip(CPU_COLUMNS, values, strict=False))})
    if not rows:
        raise Broken(0)
    totals = {}
    for line_at, line in lines(text, at):
        key, space, rest = line.partition(b" ")
        if key not in TOTALS or not space:
            continue
        if key == b"btime" and rest.lstrip(b" ").startswith(b"-"):
            continue
        value, _ = column(text, line_at + len(key))
        totals.setdefault(TOTALS[key], value)
    if rows[0]["cpu"] == -1:
        rows[0].update(totals)
    return [masked(("cpu", *CPU_COLUMNS, *TOTALS.values()), row) for row in rows]


def net_dev(text):
    rows, count = [], 0
    for count, (at, line) in enumerate(lines(text), 1):
        if count > 2:
            rows.append(interface(line, at))
        elif b"|" not in line:
            raise Broken(at)
    if count < 2:
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
        row[field], at = decimal(text, at)
        at = behind(text, at, b" ")
    for field, end in (("running", b"/"), ("total", b" "), ("last_pid", b"\n")):
        row[field], at = number(text, at)
        at = behind(text, at, end)
    return [row]


def diskstats(text):
    ended(text)
    rows, at = [], 0
    while at < len(text):
        row = {}
        row["major"], at = column(text, at)
        row["minor"], at = column(text, at)
        at = spaces(text, at)
        name = token(text, at)
        after = spaces(text, at + len(name))
        if name.isdigit() and re.search(rb"[^0-9]", token(text, after)):    # Linux 2.4's
            at, name = after, token(text, after)
        if not 1 <= len(name) <= 32 or NO_DISK.search(name):
            raise Broken(at)
        values, at = columns(text, at + len(name), 4)
        fields = PARTITION_COLUMNS if len(values) == 4 else DISK_COLUMNS
        row |= {"name": name, **dict(zip(fields, values, strict=False))}
        rows.append(masked(("major", "minor", "name", *DISK_COLUMNS), row))
    return rows


def one_line(text, take, fields):
    row, at = {}, 0
    for field in fields:
        if row:
            at = behind(text, at, b" ")
        row[field], at = take(text, at)
    line_end(text, at)
    return [row]


def uptime(text):
    return one_line(text, decimal, ("uptime_s", "idle_s"))


def pid_statm(text):
    return one_line(text, number, ("size", "resident", "shared", "text", "lib", "data", "dt"))


def pid_schedstat(text):
    return one_line(text, number, ("run_ns", "wait_ns", "timeslices"))


def pressure(text):
    rows, at = [], 0
    while at < len(text) or not rows:
        kind = re.compile(rb"[^ \n\0]*").match(text, at)[0]
        if not 1 <= len(kind) <= 8:
            raise Broken(at)
        row, at = {"kind": kind}, at + len(kind)
        for field in ("avg10", "avg60", "avg300"):
            row[field], at = decimal(text, behind(text, at, b" %s=" % field.encode()))
        row["total_us"], at = number(text, behind(text, at, b" total="))
        at = line_end(text, at)
        rows.append(row)
    return rows


def schedstat(text):
    ended(text)
    start = behind(text, 0, b"version ")
    version, at = number(text, start)
    at = behind(text, at, b"\n")
    if version < 14:
        raise Broken(start)
    rows, dropped = [], 3 if version == 14 else 0
    for line_at, line in lines(text, at):
        if line.startswith(b"cpu"):
            cpu, end = number(text, line_at + 3)
            if cpu >= 2**31:
                raise Broken(line_at + 3)
            behind(text, end, b" ")
            values, _ = columns(text, end, dropped + 9)
            rows.append({"cpu": cpu, **dict(zip(SCHED_COLUMNS, values[dropped:], strict=False))})
    return rows


def cpuidle(text):
    rows, at = [], 0
    while at < len(text) or not rows:
        start = behind(text, at, b"cpu")
        cpu, at = number(text, start)
        if cpu >= 2**31:
            raise Broken(start)
        at = behind(text, at, b"/cpuidle/state")
        _, at = number(text, at)
        start = behind(text, at, b"/time:")
        time_us, at = number(text, start)
        if not rows or rows[-1]["cpu"] != cpu:
            rows.append({"cpu": cpu, "idle_us": 0, "states": 0})
        rows[-1]["idle_us"] += time_us
        rows[-1]["states"] += 1
        if rows[-1]["idle_us"] >= 2**64:
            raise Broken(start)
        at = behind(text, at, b"\n")
    return rows


def cpuacct(text):
    values, _ = columns(text, 0, 1)
    return [{"cpu": cpu, "usage_ns": value} for cpu, value in enumerate(values)]


def softirqs(text):
    ended(text)
    cpus, at = [], spaces(text, 0)
    while not cpus or text[at:at + 1] != b"\n":
        word = token(text, at)
        if not re.fullmatch(rb"CPU[0-9]+", word) or int(word[3:]) >= 2**31:
            raise Broken(at)
        cpus.append({"cpu": int(word[3:])})
        at = spaces(text, at + len(word))
    for line_at, line in lines(text, at + 1):
        at = spaces(text, line_at)
        name, colon, _ = line.lstrip(b" ").partition(b":")
        if not colon or not re.fullmatch(rb"[^ \n\0]+", name):
            raise Broken(at)
        at += len(name) + 1
        field = name.decode("latin-1").replace("BLOCK_IOPOLL", "IRQ_POLL")
        if field not in SOFTIRQS:
            continue
        for row in cpus:
            value, at = column(text, at)
            row.setdefault(field, value)
        behind(text, spaces(text, at), b"\n")
    return [masked(("cpu", *SOFTIRQS), row) for row in cpus]


def io_stat(text):
    last = re.search(rb"(?:\A|[ \n])([^ \n]+) +\Z", text)
    if last and device(last[1]):
        text += b"\n"
    elif text:
        ended(text)
    rows = []
    for line_at, line in lines(text):
        if not device(token(line, 0)):
            raise Broken(line_at)
        for word in re.finditer(rb"[^ \n]+", line):
            key, equals, _ = word[0].partition(b"=")
            if device(word[0]):
                rows.append(device(word[0]))
            elif equals and key.decode("latin-1") in IO_KEYS:
                value, at = number(text, line_at + word.start() + len(key) + 1)
                behind(text, at, b" ", b"\n")
                rows[-1].setdefault(key.decode(), value)
    return [masked(("major", "minor", *IO_KEYS), row) for row in rows]


def device(word):
    """The row that a MAJ:MIN begins, or None."""
    numbers = re.fullmatch(rb"([0-9]+):([0-9]+)", word)
    if not numbers or int(numbers[1]) >= 2**64 or int(numbers[2]) >= 2**64:
        return None
    return {"major": int(numbers[1]), "minor": int(numbers[2])}


def pid_stat(text):
    row = {}
    row["pid"], at = number(text, 0)
    at = behind(text, at, b" (")
    end = text.rfind(b")")
    row["comm"] = text[at:end]
    if end < 0 or len(row["comm"]) > 64 or b"\0" in row["comm"]:
        raise Broken(at)
    at = behind(text, end + 1, b" ")
    row["state"] = text[at:at + 1]
    if row["state"] in (b"", b" ", b"\n", b"\0"):
        raise Broken(at)
    at += 1
    for field in PROCESS[3:]:
        at = spaces(text, at)
        if "rss" in row and text[at:at + 1] == b"\n":
            break
        row[field], at = (signed if field in SIGNED else number)(text, at)
        behind(text, at, b" ", b"\n")
    line_end(text, at)
    return [masked(PROCESS, row)]


SOURCES = {
    "stat": stat, "meminfo": meminfo, "net/dev": net_dev, "loadavg": loadavg,
    "diskstats": diskstats, "uptime": uptime,
    "pressure/cpu": pressure, "pressure/memory": pressure, "pressure/io": pressure,
    "pressure/irq": pressure,
    "schedstat": schedstat, "softirqs": softirqs, "vmstat": meminfo,
    "net/snmp": pairs, "net/snmp6": meminfo, "net/netstat": pairs,
    "net/sockstat": groups, "net/sockstat6": groups,
    "cgroup/cgroup.stat": meminfo, "cgroup/cpu.stat": meminfo,
    "cgroup/memory.stat": meminfo, "cgroup/io.stat": io_stat,
    "cgroup/cpuacct.usage_percpu": cpuacct, "cpuidle": cpuidle,
    "PID/stat": pid_stat, "PID/schedstat": pid_schedstat, "PID/statm": pid_statm,
    "PID/io": meminfo, "PID/status": pid_status,
}
