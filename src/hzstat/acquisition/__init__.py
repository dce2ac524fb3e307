"""Acquisition without dead time: one process takes data, another one processes it."""
from .manager import Acquisition, acquire
from .one_loop import one_loop
from .result import Result

__all__ = ["Acquisition", "Result", "acquire", "one_loop"]
