"""The files of large machines, made here rather than kept: what their kernels would print.

The same arguments give the same bytes.
"""
from __future__ import annotations

from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SOFTIRQS = ("HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER",
            "RCU")
NET_DEV_HEAD = (
    b"Inter-|   Receive                                                |  Transmit\n"
    b" face |bytes    packets errs drop fifo frame compressed multicast"
    b"|bytes    packets errs drop fifo colls carrier compressed\n")
NET_DEV = b"%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d %4d %5d %7d %10d\n"


def digits(rng: Random, most: int) -> int:
    """A number of 1 to `most` digits, each length as likely as the others."""
    size = rng.randint(1, most)
    return rng.randrange(10 ** (size - 1), 10 ** size)


def seldom(rng: Random, most: int, percent: int = 10) -> int:
    return digits(rng, most) if rng.randrange(100) < percent else 0


def spaced(numbers: Iterable[int]) -> bytes:
    return b"".join(b" %d" % number for number in numbers)


def many_cpus(cpus: int, intr: int, seed: int = 0, gaps: bool = False) -> bytes:
    """/proc/stat with ten columns; with `gaps` every eighth CPU is offline."""
    rng = Random(seed)
    online = [cpu for cpu in range(cpus) if not gaps or cpu % 8 != 7]
    ticks = [[digits(rng, 8), digits(rng, 5), digits(rng, 7), digits(rng, 9), digits(rng, 6), 0,
              digits(rng, 5), seldom(rng, 4), seldom(rng, 6), 0] for _ in online]
    interrupts = [seldom(rng, 9, percent=3) for _ in range(intr)]
    softirqs = [digits(rng, 9) for _ in SOFTIRQS]
    return b"".join([
        b"cpu ", spaced(map(sum, zip(*ticks, strict=True))), b"\n",
        *(b"cpu%d%s\n" % (cpu, spaced(row)) for cpu, row in zip(online, ticks, strict=True)),
        b"intr %d%s\n" % (sum(interrupts), spaced(interrupts)),
        b"ctxt %d\nbtime 1763989200\nprocesses %d\nprocs_running %d\nprocs_blocked %d\n"
        % (digits(rng, 12), digits(rng, 8), rng.randint(1, cpus), rng.randint(0, 9)),
        b"softirq %d%s\n" % (sum(softirqs), spaced(softirqs))])


def many_cpus_softirqs(cpus: int, seed: int = 0) -> bytes:
    """/proc/softirqs, whose columns are all possible CPUs."""
    rng = Random(seed)
    return b"".join([
        20 * b" ", *(b"CPU%-8d" % cpu for cpu in range(cpus)), b"\n",
        *(b"%12s:%s\n" % (name.encode(), b"".join(b" %10d" % digits(rng, 9) for _ in range(cpus)))
          for name in SOFTIRQS)])


def many_cpus_schedstat(cpus: int, seed: int = 0) -> bytes:
    """/proc/schedstat, version 17: each CPU and its two domains."""
    rng = Random(seed)
    words = (cpus + 31) // 32
    every_cpu = b",".join([b"%x" % (2 ** (cpus - 32 * (words - 1)) - 1),
                           *(words - 1) * [b"ffffffff"]])
    lines = [b"version 17\ntimestamp %d\n" % (2**32 + digits(rng, 8))]
    for cpu in range(cpus):
        lines.append(b"cpu%d 0 0%s\n" % (cpu, spaced(
            [*(digits(rng, 9) for _ in range(4)), digits(rng, 14), digits(rng, 13),
             digits(rng, 9)])))
        lines += [b"domain%d %s %s%s\n" % (level, name, every_cpu, spaced(
            seldom(rng, 6, percent=40) for _ in range(45))) for level, name in ((0, b"MC"),
                                                                                (1, b"PKG"))]
    return b"".join(lines)


def many_interfaces(n: int, seed: int = 0) -> bytes:
    """/proc/net/dev: lo, then the veth of one container after another."""
    rng = Random(seed)
    lines = [NET_DEV_HEAD]
    for number in range(n):
        name = b"veth%x" % (0x1a2b3c * (number + 1) % 2**28) if number else b"lo"
        received, sent = digits(rng, 8), digits(rng, 8)
        lines.append(NET_DEV % (
            name, received * rng.randint(60, 1500), received, 0, seldom(rng, 3), 0, 0, 0,
            seldom(rng, 5), sent * rng.randint(60, 1500), sent, 0, seldom(rng, 3), 0, 0, 0, 0))
    return b"".join(lines)


def many_disks(n: int, seed: int = 0) -> bytes:
    """/proc/diskstats with twenty fields: n disks of one partition each, by turns SCSI and NVMe."""
    rng = Random(seed)
    lines = []
    for number in range(n):
        if number % 2:
            name, part = b"nvme%dn1" % (number // 2), b"p1"
            major, minor = 259, number - 1
        else:
            name, part = b"sd" + letters(number // 2), b"1"
            major, minor = 8 if number < 32 else 65 + (number // 32 - 1) % 7, number // 2 % 16 * 16
        counts = [digits(rng, 8), digits(rng, 6), digits(rng, 10), digits(rng, 8), digits(rng, 8),
                  digits(rng, 6), digits(rng, 11), digits(rng, 9), seldom(rng, 2), digits(rng, 8),
                  digits(rng, 9), seldom(rng, 6), 0, seldom(rng, 10), seldom(rng, 5),
                  seldom(rng, 6, percent=50), seldom(rng, 7, percent=50)]
        lines += [b"%4d %7d %s%s\n" % (major, minor, name, spaced(counts)),
                  b"%4d %7d %s%s\n" % (major, minor + 1, name + part,
                                       spaced([*(count // 2 for count in counts[:15]), 0, 0]))]
    return b"".join(lines)


def letters(number: int) -> bytes:
    """The disk names' counting: a to z, aa to zz, and on."""
    name = b""
    while number >= 0:
        name = b"%c" % (ord("a") + number % 26) + name
        number = number // 26 - 1
    return name
