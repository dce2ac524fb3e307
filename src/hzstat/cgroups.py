"""The control groups of this process: their folders, in both versions, and the CPU time that they
grant."""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNT = "sys/fs/cgroup"
MOUNTS_2 = (MOUNT, f"{MOUNT}/unified")      # the second beside groups of version 1


def groups(controller: str, root: str = "/") -> Iterator[tuple[str, int]]:
    """(folder, version) of each group that may limit what `controller` controls, and of each that
    it is in. None where the kernel has no control groups."""
    try:
        text = text_of(f"{root}/proc/self/cgroup")
    except OSError:
        return
    for line in filter(None, text.split("\n")):     # a name may hold what else ends a line
        _, controllers, group = line.split(":", 2)
        if controller in controllers.split(","):
            for folder in levels(os.path.join(root, MOUNT, controller), group):
                yield folder, 1
        elif not controllers:
            for mount in MOUNTS_2:
                for folder in levels(os.path.join(root, mount), group):
                    yield folder, 2


def levels(mount: str, group: str) -> Iterator[str]:
    """The folder of `group`, and of each group that it is in."""
    folder = os.path.join(mount, group.strip("/")).rstrip("/")
    if not os.path.isdir(folder):       # in a container: what it sees at the top is its own
        folder = mount
    while folder != mount:
        yield folder
        folder = os.path.dirname(folder)
    yield mount


def text_of(path: str) -> str:
    """A file's text, whatever its bytes, so that a name in it is again the path it was."""
    with open(path, "rb") as file:
        return os.fsdecode(file.read())


def first_line(path: str) -> str | None:
    try:
        return text_of(path).partition("\n")[0].strip()
    except OSError:
        return None


def quota_cores(root: str = "/") -> float | None:
    """How many cores the tightest of this process's cgroups grants; None where none has a limit."""
    found = []
    for folder, version in groups("cpu", root):
        if version == 2:
            words = (first_line(f"{folder}/cpu.max") or "").split()
        else:
            words = [first_line(f"{folder}/cpu.cfs_{name}_us") or "" for name in ("quota",
                                                                                  "period")]
        if len(words) == 2 and words[0].isdigit() and int(words[1] or 0):
            found.append(int(words[0]) / int(words[1]))
    return min(found, default=None)


def throttled(root: str = "/") -> int:
    """How often these cgroups have been throttled."""
    counts = []
    for folder, _ in groups("cpu", root):
        try:
            stat = dict(line.split() for line in text_of(f"{folder}/cpu.stat").splitlines())
        except (OSError, ValueError):
            continue
        counts.append(int(stat.get("nr_throttled", 0)))
    return sum(counts)
