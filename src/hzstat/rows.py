"""What a read gives: a numpy array that knows what it is of, and when it was taken."""
from __future__ import annotations

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    _Array = np.ndarray[tuple[int, ...], np.dtype[np.void]]
else:
    _Array = np.ndarray


class Rows(_Array):
    """A structured array, a row per line or a row per file, shape (n,).

    `source` is the source's name; `time_ns` when the read began (CLOCK_MONOTONIC; None for a text
    from elsewhere), `process` the (pid, starttime) of whom it is about, or None. So two of them
    are all that hzstat.rates() needs. A field of it is a plain numpy array.
    """

    source: str | None = None
    time_ns: int | None = None
    process: tuple[int, int] | None = None

    def about(self, source: str, time_ns: int | None, process: tuple[int, int] | None) -> Self:
        self.source = source
        self.time_ns = time_ns
        self.process = process
        return self

    def __array_finalize__(self, origin: object) -> None:
        if isinstance(origin, Rows):
            self.source, self.time_ns, self.process = origin.source, origin.time_ns, origin.process

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, Rows) and found.dtype.names is None:
            return found.view(np.ndarray)
        return found

    def __array_wrap__(self, computed: Any, context: Any = None,
                       return_scalar: bool = False) -> Any:
        """What is computed of rows is numbers, and no rows any more."""
        return computed.view(np.ndarray) if computed.ndim else computed[()]

    def __reduce__(self) -> Any:
        reduced: Any = super().__reduce__()
        make, arguments, state = reduced
        return make, arguments, (state, (self.source, self.time_ns, self.process))

    def __setstate__(self, state: Any) -> None:
        array, (self.source, self.time_ns, self.process) = state
        super().__setstate__(array)
