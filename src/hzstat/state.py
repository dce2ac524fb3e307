"""The last samples of `hzstat line`, kept in a private file from one call to the next.

A line of text: a magic word, the boot's id, then per sample its time and numbers, and an end
mark, so that a file cut anywhere is known for it. Whatever isn't ours, whole and of this boot
is ignored and replaced. A symlink is never followed, and the file only ever lies in a
directory that nobody else can write to.
"""
from __future__ import annotations

import os
import stat

MAGIC, END = "hzstat-line-1", "end"
LARGEST_BYTES = 1 << 20
BOOT_ID = "/proc/sys/kernel/random/boot_id"

# time in ns since boot, the CPU's counters, and rx_bytes and tx_bytes by interface
Sample = tuple[int, tuple[int, ...], dict[bytes, tuple[int, int]]]


def directory() -> str | None:
    """A directory of this user's, closed to others; None where there is none."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", ""), ".cache")
    for path in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.geteuid()}", home):
        if not os.path.isabs(path):
            continue
        try:
            if path == home and not os.path.exists(path):
                os.mkdir(path, 0o700)       # but no home for those who have none
            found = os.stat(path)
        except OSError:
            continue
        if (stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
                and not found.st_mode & 0o022):
            return path
    return None


def boot_id() -> str:
    try:
        with open(BOOT_ID) as file:
            return file.read().strip() or "unknown"
    except OSError:
        return "unknown"


def load(path: str) -> list[Sample]:
    """The samples in the file, oldest first; none where it isn't one that we wrote."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        found = os.fstat(fd)
        if (not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid()
                or found.st_mode & 0o077 or found.st_size > LARGEST_BYTES):
            return []
        return decode(os.read(fd, LARGEST_BYTES).decode("ascii"))
    except (OSError, ValueError):
        return []
    finally:
        os.close(fd)


def decode(text: str) -> list[Sample]:
    words = text.split()
    if len(words) < 3 or words[0] != MAGIC or words[1] != boot_id() or words[-1] != END:
        return []
    samples: list[Sample] = []
    for word in words[2:-1]:
        time, counters, interfaces = word.split("/")
        nets = {}
        for interface in interfaces.split(",") if interfaces else ():
            name, rx, tx = interface.split(":")
            nets[bytes.fromhex(name)] = int(rx), int(tx)
        numbers = tuple(map(int, counters.split(","))) if counters else ()
        samples.append((int(time), numbers, nets))
    return samples


def encode(samples: list[Sample]) -> str:
    words = [MAGIC, boot_id()]
    for time, counters, nets in samples:
        interfaces = ",".join(f"{name.hex()}:{rx}:{tx}" for name, (rx, tx) in nets.items())
        words.append(f"{time}/{','.join(map(str, counters))}/{interfaces}")
    return " ".join([*words, END]) + "\n"


def save(path: str, samples: list[Sample]) -> None:
    """Replace the file at once, or leave it where that fails: the next call does without."""
    fresh = f"{path}.{os.getpid()}"
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                     0o600)
    except OSError:
        return
    try:
        os.write(fd, encode(samples).encode("ascii"))
        os.rename(fresh, path)
    except OSError:
        os.unlink(fresh)
    finally:
        os.close(fd)
