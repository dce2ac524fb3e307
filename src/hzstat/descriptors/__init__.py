"""The sources that hzstat knows, a module each, named by its path below /proc."""
from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .descriptor import Descriptor

NAMES = ("stat", "meminfo", "net/dev", "loadavg")


def find(name: str) -> Descriptor:
    """The descriptor of the source `name`; ValueError where there is none."""
    if name not in NAMES:
        raise ValueError(f"no source {name!r}: there are {', '.join(NAMES)}")
    module = import_module(f"{__name__}.{name.replace('/', '_')}")
    descriptor: Descriptor = module.DESCRIPTOR
    return descriptor
