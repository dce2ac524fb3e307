"""hzstat: Linux's /proc, sampled up to thousands of times a second.

The names below are imported when they are first used: `import hzstat` itself loads nothing.
"""
from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .acquisition import Acquisition, Result, acquire
    from .attached import Attached, attach
    from .deltas import Rates, rates
    from .description import describe
    from .errors import (
        AcquisitionFailed,
        HzstatError,
        NoSampler,
        NotPermitted,
        ParseError,
        ProcessGone,
        RecordingError,
        SourceUnavailable,
        WorkerDied,
    )
    from .health import Health, RingSize, WorkerHealth
    from .procfs import Reader, parse, read, sources, values
    from .recent import cpu_percent, net_rates
    from .recordings.beside import record
    from .recordings.recording import Recording, load
    from .rows import Rows
    from .sampler import Sampler
    from .view import View

__version__ = "0.1.0"

_HOMES = {
    "HzstatError": "errors", "ParseError": "errors", "SourceUnavailable": "errors",
    "NotPermitted": "errors", "ProcessGone": "errors", "WorkerDied": "errors",
    "NoSampler": "errors", "RecordingError": "errors", "AcquisitionFailed": "errors",
    "Acquisition": "acquisition", "Result": "acquisition", "acquire": "acquisition",
    "Attached": "attached", "attach": "attached",
    "Reader": "procfs", "parse": "procfs", "read": "procfs", "sources": "procfs",
    "values": "procfs", "Rows": "rows", "describe": "description",
    "Rates": "deltas", "rates": "deltas", "cpu_percent": "recent", "net_rates": "recent",
    "Health": "health", "RingSize": "health", "Sampler": "sampler", "WorkerHealth": "health",
    "View": "view", "Recording": "recordings.recording", "load": "recordings.recording",
    "record": "recordings.beside",
}

__all__ = ["Acquisition", "AcquisitionFailed", "Attached", "Health", "HzstatError", "NoSampler",
           "NotPermitted", "ParseError", "ProcessGone", "Rates", "Reader", "Recording",
           "RecordingError", "Result", "RingSize", "Rows", "Sampler", "SourceUnavailable", "View",
           "WorkerDied", "WorkerHealth", "acquire", "attach", "cpu_percent", "describe", "load",
           "net_rates", "parse", "rates", "read", "record", "sources",
           "values"]


def __getattr__(name: str) -> object:
    if name == "bench":
        return import_module(".bench", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'hzstat' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
