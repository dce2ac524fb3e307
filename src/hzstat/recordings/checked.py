"""What meta.json tells of a recording that is read: whatever stands there, what is passed on is of
its kind."""
from __future__ import annotations

from hzstat.errors import RecordingError

from . import meta
from .folder import META

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What others rely on, where it is there; all else in meta.json is passed on as it is.
KINDS = {"host": str, "kernel": str, "cpus": int, "user_hz": int, "started": str,
         "started_ns": int, "command": list, "root": str, "boot_id": str, "ended": dict}
KINDS_OF_SOURCE = {"period_ns": int, "unavailable": str}


def read(path: str) -> tuple[dict[str, Any], list[str]]:
    """What meta.json says, {} where it says nothing, and what is wrong with it."""
    try:
        found = meta.read(path)
    except meta.LaterVersion:
        raise
    except RecordingError as failure:
        return {}, [f"{failure}: units, host and end aren't known"]
    strange = take_strangers(found, KINDS)
    for one in found["sources"].values():
        strange += take_strangers(one, KINDS_OF_SOURCE)
    return found, [f"{META}: {name} isn't what it should be, and is passed over"
                   for name in dict.fromkeys(strange)]


def take_strangers(about: dict[str, Any], kinds: dict[str, Any]) -> list[str]:
    """Take out what isn't of its kind; its names."""
    found = [name for name, kind in kinds.items() if not isinstance(about.get(name), kind | None)
             or isinstance(about.get(name), bool)]
    for name in found:
        del about[name]
    return found
