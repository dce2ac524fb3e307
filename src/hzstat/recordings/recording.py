"""A recording that is read: the records of each source, mapped, and what is known of them."""
from __future__ import annotations

import math
import os
from bisect import bisect_left
from operator import index

import numpy as np

from hzstat import shares
from hzstat.description import describe
from hzstat.errors import RecordingError

from . import checked, gaps, instants, mapped
from .folder import ARRAY, source_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .over_time import OverTime

    Described = dict[str, tuple[str, str, str]]


def load(path: str | os.PathLike[str]) -> Recording:
    """The recording in the directory `path`. Its arrays are mapped, not read.

    A recording that was cut short opens, too: `problems` says what it lacks. RecordingError where
    there is no recording, or one of a later hzstat.
    """
    path = os.fspath(path)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as failure:
        raise RecordingError(f"{path} can't be opened: {failure.strerror}; give the directory of a "
                             "recording") from None
    try:
        about, problems = checked.read(path)
        files = {one["file"]: name for name, one in about.get("sources", {}).items()
                 if one.get("file") and "/" not in one["file"]}
        others = sorted(name for name in os.listdir(folder)
                        if name.endswith(ARRAY) and name not in files)
        records = {}
        for file in [*files, *others]:
            source = files.get(file) or source_of(file)
            found, problem = mapped.of_source(source, file, folder)
            if found is not None:
                records[source] = found
            if problem:
                problems.append(problem)
    finally:
        os.close(folder)
    if not records and not about:
        raise RecordingError(f"{path} is no recording of hzstat: {'; '.join(problems)}")
    return Recording(path, about, records, tuple(problems))


class Recording:
    """The records of some sources over the same time.

    >>> rec = hzstat.load("hzstat-20260131-140509")
    >>> rec["stat"]["data"]["user"]             # records, as numpy.load() gives them
    >>> rec.rates("net/dev")["rx_bytes"]        # bytes a second, shape (windows, interfaces)

    `path` is its directory, `meta` what meta.json says, `sources` the names of those that have
    records, `problems` sentences about what is wrong with the files, and `cut_short` whether its
    end was never written: then it was cut short, or is still going on.
    """

    _unended = "cut short"      # for people: what it is where its end isn't written

    def __init__(self, path: str, meta: dict[str, Any], records: Mapping[str, NDArray[np.void]],
                 problems: tuple[str, ...] = ()) -> None:
        self.path = path
        self.meta = meta
        self.problems = problems
        self._records = dict(records)

    # -- what is there ---------------------------------------------------------------------

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(self._records)

    @property
    def cut_short(self) -> bool:
        return not self.meta.get("ended")

    def __getitem__(self, source: str) -> NDArray[np.void]:
        """The records of a source, read-only, shape (n,)."""
        try:
            return self._records[source]
        except KeyError:
            raise KeyError(f"{source} isn't in this recording: there are "
                           f"{', '.join(self._records) or 'none'}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, source: object) -> bool:
        return source in self._records

    @property
    def start_ns(self) -> int:
        """time_ns of the first record of all; when it was started where there is none."""
        firsts = [int(one["time_ns"][0]) for one in self._records.values() if len(one)]
        return min(firsts, default=int(self.meta.get("started_ns") or 0))

    @property
    def end_ns(self) -> int:
        """time_ns of the last record of all."""
        lasts = [int(one["time_ns"][-1]) for one in self._records.values() if len(one)]
        return max(lasts, default=self.start_ns)

    @property
    def user_hz(self) -> int:
        """The ticks a second of stat's CPU times, on the machine that recorded."""
        told: int = self.meta.get("user_hz") or 0
        return told if told > 0 else shares.USER_HZ

    def period_ns(self, source: str) -> int:
        """The time between two ticks of a source, 0 where that isn't known."""
        told: int = self._about(source).get("period_ns") or 0
        records = self[source]
        if told > 0 or len(records) < 2:
            return max(0, told)
        first, last = records[0], records[-1]
        ticks = int(last["tick"]) - int(first["tick"])
        return round(int(last["time_ns"] - first["time_ns"]) / ticks) if ticks > 0 else 0

    def description(self, source: str) -> Described:
        """Unit, kind (counter, gauge, key, mask) and meaning of each field that a row has.

        As the recording says; where it doesn't, as this hzstat knows the source.
        """
        names = self[source].dtype["data"].base.names or ()
        told = self._about(source).get("fields") or {}
        return {name: (str(one.get("unit", "")), str(one.get("kind")), str(one.get("meaning", "")))
                if isinstance(one := told.get(name), dict) else known(source, name)
                for name in names}

    def _about(self, source: str) -> dict[str, Any]:
        found: dict[str, Any] = self.meta.get("sources", {}).get(source, {})
        return found

    # -- parts of it -----------------------------------------------------------------------

    def between(self, start: int | str | None, end: int | str | None) -> Recording:
        """The part from `start` up to `end`: ns since the epoch; or as text `10s` (from the
        beginning), `-5s` (from the end), `14:05:09`, or a date and time. Nothing is copied."""
        begin = self.instant(start, self.start_ns)
        stop = self.instant(end, self.end_ns, begin)
        return Recording(self.path, self.meta, {
            name: one[first_at(one, begin):first_at(one, stop + 1)]
            for name, one in self._records.items()}, self.problems)

    def instant(self, moment: int | str | None, otherwise: int,
                after_ns: int | None = None) -> int:
        """Such a moment in ns since the epoch; `otherwise` for None. `after_ns`: from where on a
        clock time is looked for."""
        if isinstance(moment, str):
            return instants.instant(moment, self.start_ns, self.end_ns,
                                   self.meta.get("started", ""), after_ns)
        return otherwise if moment is None else index(moment)

    def when(self, time_ns: int) -> datetime:
        """A moment as date and time, in the zone of the machine that recorded."""
        return instants.moment_of(time_ns).astimezone(instants.zone(self.meta.get("started", "")))

    def only(self, *sources: str) -> Recording:
        """The same with these sources alone; KeyError for one that isn't there."""
        return Recording(self.path, self.meta, {name: self[name] for name in sources},
                         self.problems)

    # -- what it says ----------------------------------------------------------------------

    def gaps(self, source: str) -> NDArray[np.void]:
        """Where ticks are missing, or the wall clock jumped: `kind` (missed, clock),
        `tick_before`, `missed`, `start_ns`, `end_ns`, `step_ns`, in the order of time."""
        return gaps.gaps(self[source])

    def rates(self, source: str, by: float | None = None) -> OverTime:
        """What happened a second, and CPU shares, over windows of `by` seconds or a little more.

        None: from each record to the next; shares of stat over the shortest time in which they can
        be told (five ticks of the CPU's clock, 50 ms), which theirs never fall below.
        """
        from .over_time import OverTime
        if by is not None and not 0 < by < float("inf"):
            raise ValueError(f"by is a time above 0 in seconds, not {by}")
        kinds = {name: kind for name, (_, kind, _) in self.description(source).items()}
        return OverTime(source, self[source], kinds, self.period_ns(source),
                        round((by or 0) * 1e9), self.user_hz)

    def to_pandas(self, source: str | None = None) -> Any:
        """A DataFrame of one source, or a dict of them by source: a line for each row of each
        record, with the time (UTC) as the index and the keys as columns."""
        from .frames import frame
        if source is None:
            return {name: frame(self, name) for name in self}
        return frame(self, source)

    def plot(self, fields: Iterable[str] | None = None,
             path: str | os.PathLike[str] | None = None, start: int | str | None = None,
             end: int | str | None = None, by: float | None = None) -> Figure:
        """Timelines as a matplotlib Figure, which a notebook shows; written to `path` (png, svg,
        pdf) if that is given.

        `fields`: sources (`stat`), groups (`cpu0`), or names as in a report (`busy`, `net recv`).
        """
        from . import output, plot
        if path is not None:
            plot.check(os.fspath(path))
        figure = plot.draw(self.between(start, end), fields, by)
        if path is not None:
            output.write_picture(figure, os.fspath(path), force=True)
        return figure

    def save(self, path: str | os.PathLike[str], force: bool = False) -> None:
        """Write it into the directory `path`, which is made, or empty; or with `force` has another
        recording in it, which is replaced. A part is written as a part."""
        from .copy import save
        save(self, os.fspath(path), force)

    # -- for people ------------------------------------------------------------------------

    def __repr__(self) -> str:
        records = ", ".join(f"{name}: {len(one):,}" for name, one in self._records.items())
        seconds = (self.end_ns - self.start_ns) / 1e9
        return (f"<Recording {self.path!r} of {seconds:.3f} s, {records or 'without records'}"
                f"{f', {self._unended}' if self.cut_short else ''}>")

    def _repr_html_(self) -> str:
        from html import escape
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{len(one):,}</td>"
            f"<td>{1e9 / (self.period_ns(name) or math.inf):g}</td>"
            f"<td>{gaps.missed(one):,}</td>"
            f"<td>{escape(', '.join(self.description(name)))}</td></tr>"
            for name, one in self._records.items())
        return (f"<p>{escape(repr(self)[1:-1])}</p><table><tr><th>source</th><th>records</th>"
                f"<th>Hz</th><th>missed</th><th>fields</th></tr>{rows}</table>")


def known(source: str, field: str) -> tuple[str, str, str]:
    """What this hzstat knows of a field."""
    try:
        found = next(describe(source).of([field]))
    except (ValueError, KeyError):
        return "", "gauge", ""
    return found.unit, found.kind, found.meaning


def first_at(records: NDArray[np.void], time_ns: int) -> int:
    """The index of the first record at that time or later, by halving: no other page is read."""
    times = records["time_ns"]
    return bisect_left(range(len(times)), time_ns, key=lambda place: int(times[place]))
