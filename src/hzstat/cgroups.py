"""The control groups of this process: their folders, in both versions."""
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
        lines = text_of(f"{root}/proc/self/cgroup").splitlines()
    except OSError:
        return
    for line in lines:
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
    with open(path) as file:
        return file.read()
