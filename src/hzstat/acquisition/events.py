"""From a producer's values to records of one dtype, which is learnt from the first of them."""
from __future__ import annotations

import struct
from ast import literal_eval

import numpy as np

from hzstat.errors import AcquisitionFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Bytes = bytes | NDArray[np.void]

TIME = "time_ns"
VALUE = "value"
NOT_ALIKE = struct.error, TypeError, ValueError, OverflowError      # what struct says of values
SHOWN = 60              # characters of a value in an error


class Encoder:
    """Makes records of `dtype`: `time_ns`, and what the first value was made of.

    A number is the field `value` (int64, uint64 or float64); a tuple has the fields of a named one,
    or `f0`, `f1`, …, of the same types; a numpy record has its own fields; an array is `value`,
    of its shape. encode() gives the bytes of a value's record, good until the next call, or raises
    AcquisitionFailed where the value isn't made as the first was.
    """

    def __init__(self, first: Any) -> None:
        codes = ""          # struct's, where all fields are plain numbers
        if isinstance(first, np.void) and first.dtype.names:
            fields = [(name, first.dtype[name]) for name in first.dtype.names]
            self.encode, made_of = self._record, f"a record of {', '.join(first.dtype.names)}"
        elif isinstance(first, np.ndarray):
            fields = [(VALUE, np.dtype((first.dtype, first.shape)))]
            self.encode, made_of = self._array, f"{first.dtype}, of shape {first.shape}"
        elif isinstance(first, tuple):
            names = getattr(first, "_fields", None) or [f"f{n}" for n in range(len(first))]
            codes = "".join(map(code_of, first))
            fields = [(name, np.dtype(code)) for name, code in zip(names, codes, strict=True)]
            self.encode, made_of = self._tuple, f"a tuple of {len(first)} numbers"
        else:
            codes = code_of(first)
            fields = [(VALUE, np.dtype(codes))]
            self.encode, made_of = self._number, f"a number ({fields[0][1]})"
        if TIME in dict(fields):
            raise AcquisitionFailed(f"a field can't be called {TIME}, which is when the event came")
        self._like, self._made_of = first, made_of
        self.dtype = np.dtype([(TIME, "i8"), *fields], align=True)
        if self.dtype.hasobject:
            raise AcquisitionFailed(f"{shown(first)} holds Python objects, which can't be shared")
        self._buffer = np.zeros(1, self.dtype)
        self._pack = struct.Struct(f"=q{codes}").pack
        try:
            self.encode(0, first)
        except AcquisitionFailed:   # a number of more than 64 bits, or of numpy's that is a time
            raise refused(first) from None

    def _number(self, time_ns: int, value: Any) -> Bytes:
        try:
            return self._pack(time_ns, value)
        except NOT_ALIKE:
            raise self._unlike(value) from None

    def _tuple(self, time_ns: int, value: Any) -> Bytes:
        try:
            if isinstance(value, tuple):
                return self._pack(time_ns, *value)
        except NOT_ALIKE:
            pass
        raise self._unlike(value)

    def _record(self, time_ns: int, value: Any) -> Bytes:
        if not isinstance(value, np.void) or value.dtype != self._like.dtype:
            raise self._unlike(value)
        for name in value.dtype.names or ():
            self._buffer[name] = value[name]
        self._buffer[TIME] = time_ns
        return self._buffer

    def _array(self, time_ns: int, value: Any) -> Bytes:
        if (not isinstance(value, np.ndarray) or value.dtype != self._like.dtype
                or value.shape != self._like.shape):
            raise self._unlike(value)
        self._buffer[VALUE] = value
        self._buffer[TIME] = time_ns
        return self._buffer

    def _unlike(self, value: Any) -> AcquisitionFailed:
        return AcquisitionFailed(
            f"{shown(value)} isn't like the first value, {shown(self._like)}: all have to be "
            f"{self._made_of}, and whole where that is")


def code_of(number: Any) -> str:
    """struct's and numpy's letter for a number."""
    if not isinstance(number, (np.ndarray, complex, np.complexfloating)):
        if isinstance(number, np.unsignedinteger):
            return "Q"
        if isinstance(number, (int, np.integer)):
            return "q"
        if hasattr(type(number), "__float__"):
            return "d"
    raise refused(number)


def refused(value: Any) -> AcquisitionFailed:
    return AcquisitionFailed("a producer returns a number of 64 bits, a tuple of such, a numpy "
                             f"record or array, or None, not {shown(value)}")


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def told(dtype: np.dtype[Any]) -> bytes:
    """The dtype as the text about a ring of such records."""
    return repr(np.lib.format.dtype_to_descr(dtype)).encode()


def dtype_of(text: bytes) -> np.dtype[Any]:
    """The dtype that told() told."""
    return np.lib.format.descr_to_dtype(literal_eval(text.decode()))
