"""The oracle's part for keyed files, and the pieces of a text that all of it is made of."""
import re

STATUS = (
    "Tgid", "Ngid", "Pid", "PPid", "TracerPid", "FDSize", "Kthread", "VmPeak", "VmSize", "VmLck",
    "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk", "VmExe",
    "VmLib", "VmPTE", "VmPMD", "VmSwap", "HugetlbPages", "CoreDumping", "THP_enabled", "Threads",
    "NoNewPrivs", "Seccomp", "Seccomp_filters", "voluntary_ctxt_switches",
    "nonvoluntary_ctxt_switches")


class Broken(Exception):
    def __init__(self, offset):
        super().__init__(offset)
        self.offset = offset


# Pieces of a text. Each gives where it ends.

def number(text, at):
    """The number that starts at `at`, and where it ends."""
    digits = re.compile(rb"[0-9]+").match(text, at)
    if not digits or int(digits[0]) >= 2**64:
        raise Broken(at)
    return int(digits[0]), digits.end()


def signed(text, at):
    """As number(), but a - may come before."""
    digits = re.compile(rb"-?([0-9]*)").match(text, at)
    if not digits[1]:
        raise Broken(digits.end())
    if not -2**63 <= int(digits[0]) < 2**63:
        raise Broken(at)
    return int(digits[0]), digits.end()


def behind(text, at, *wanted):
    for one in wanted:
        if text.startswith(one, at):
            return at + len(one)
    raise Broken(at)


def spaces(text, at):
    while text[at:at + 1] == b" ":
        at += 1
    return at


def lines(text, at=0):
    """Each line, its LF included, and where it starts; Broken where the last one has no LF."""
    for line in re.findall(rb".*\n", text[at:]):
        yield at, line
        at += len(line)
    if at < len(text):
        raise Broken(len(text))


# Keyed files

def named(name):
    return name.decode("utf-8", "backslashreplace")


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
        row.setdefault(named(key[1]), value)
    return [row]


def pid_status(text):
    row = {}
    for line_at, line in lines(text):
        key = re.match(rb"([^:\n]+):[ \t]*", line)
        if key and named(key[1]) in STATUS:
            value, at = number(text, line_at + key.end())
            behind(text, at, b" kB\n", b"\n")
            row.setdefault(named(key[1]), value)
    if not row:
        raise Broken(len(text))
    return [row]


def word_at(text, at, pattern):
    word = re.compile(pattern).match(text, at)
    if not word:
        raise Broken(at)
    return word[0], word.end()


def pairs(text):
    row, at = {}, 0
    while at < len(text):
        group, at = word_at(text, at, rb"[^: \n\0]+:")
        names = []
        while text[at:at + 1] != b"\n":
            name, at = word_at(text, behind(text, at, b" "), rb"[^ \n\0]+")
            names.append(named(group[:-1]) + "." + named(name))
        at = behind(text, at + 1, group)
        for name in names:
            value, at = (signed if name == "Tcp.MaxConn" else number)(text, spaces(text, at))
            behind(text, at, b" ", b"\n")
            row.setdefault(name, value)
        at = behind(text, at, b"\n")
    if not row:
        raise Broken(len(text))
    return [row]


def groups(text):
    row, at = {}, 0
    while at < len(text):
        group, at = word_at(text, at, rb"[^: \n\0]+:")
        while text[at:at + 1] != b"\n":
            name, at = word_at(text, behind(text, at, b" "), rb"[^ \n\0]+")
            value, at = number(text, spaces(text, behind(text, at, b" ")))
            behind(text, at, b" ", b"\n")
            row.setdefault(named(group[:-1]) + "." + named(name), value)
        at += 1
    if not row:
        raise Broken(len(text))
    return [row]
