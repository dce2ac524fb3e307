"""Moments of a recording as people write them: `10s` (from its start), `-5s` (from its end), a
clock time, or a date and time."""
from __future__ import annotations

import datetime

from hzstat.errors import RecordingError
from hzstat.units import seconds

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
MICROSECOND = datetime.timedelta(microseconds=1)


def instant(text: str, start_ns: int, end_ns: int, started: str = "",
            after_ns: int | None = None) -> int:
    """The moment in ns since the epoch. `started`: when the recording began, in ISO 8601, whose
    zone is the one that clock times without a zone are in (default: this machine's). `after_ns`:
    from where on a clock time is looked for (default: from the start)."""
    text = text.strip()
    try:
        length = seconds(text)
    except ValueError:
        return clock_time(text, start_ns if after_ns is None else after_ns, end_ns, zone(started))
    return (end_ns if text.startswith("-") else start_ns) + round(length * 1e9)


def zone(started: str) -> datetime.tzinfo | None:
    """The zone of the machine that recorded; None where that isn't known."""
    try:
        return datetime.datetime.fromisoformat(started).tzinfo
    except (ValueError, TypeError):
        return None


def clock_time(text: str, start_ns: int, end_ns: int, of: datetime.tzinfo | None) -> int:
    """`14:05`, `14:05:09.25` (on the day of `start_ns`, or on the next if the recording goes on
    until then), or a date and time in ISO 8601."""
    try:
        time = datetime.time.fromisoformat(text)
        start, end = (at.astimezone(time.tzinfo or of) for at in map(moment_of, (start_ns, end_ns)))
        moment = datetime.datetime.combine(start.date(), time, time.tzinfo or start.tzinfo)
        if moment < start and moment + DAY <= end:
            moment += DAY
    except ValueError:
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise RecordingError(f"{text!r} is no moment: give 10s (from the start), -5s (from the "
                                 "end), a time (14:05:09) or a date and time "
                                 "(2026-01-31T14:05:09)") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=of) if of else moment.astimezone()
    return (moment - EPOCH) // MICROSECOND * 1000


def moment_of(time_ns: int) -> datetime.datetime:
    """A time in ns since the epoch, in UTC; right to a microsecond."""
    return EPOCH + time_ns // 1000 * MICROSECOND
