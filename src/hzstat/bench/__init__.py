"""Figures that a reader can measure again: ratios within one run, with their spread."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .counting import countdown

__all__ = ["countdown"]


def __getattr__(name: str) -> Any:
    if name == "countdown":
        from .counting import countdown
        globals()[name] = countdown
        return countdown
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
