"""Moments and lengths of time as people write them."""
import datetime

import pytest

import hzstat
from hzstat.recordings import instants

ZONE = datetime.timezone(datetime.timedelta(hours=2))
STARTED = "2026-09-21T16:13:20.250000+02:00"
START_NS = 1_790_000_000_250_000_123
END_NS = START_NS + 40 * 3600 * 10**9


def at(*parts, zone=ZONE):
    return round(datetime.datetime(*parts, tzinfo=zone).timestamp()) * 10**9


@pytest.mark.parametrize(("text", "expected"), [
    ("10s", START_NS + 10 * 10**9), ("10", START_NS + 10 * 10**9), ("500ms", START_NS + 5 * 10**8),
    ("1.5m", START_NS + 90 * 10**9), ("1h", START_NS + 3600 * 10**9), ("2us", START_NS + 2000),
    ("0", START_NS), ("-5s", END_NS - 5 * 10**9), ("-0.5", END_NS - 5 * 10**8), ("-0", END_NS),
    ("1e3", START_NS + 10**12),
    ("17:00", at(2026, 9, 21, 17)), ("17:00:05.5", at(2026, 9, 21, 17, 0, 5) + 5 * 10**8),
    ("16:13:20", at(2026, 9, 22, 16, 13, 20)), ("15:00", at(2026, 9, 22, 15)),
    ("15:00Z", at(2026, 9, 21, 15, zone=datetime.UTC)),
    ("2026-09-21T18:00", at(2026, 9, 21, 18)), ("2026-09-22", at(2026, 9, 22)),
    ("2026-09-21 18:00:00.000001", at(2026, 9, 21, 18) + 1000),
    ("2026-09-21T18:00:00Z", at(2026, 9, 21, 18, zone=datetime.UTC))])
def test_moments(text, expected):
    assert instants.instant(text, START_NS, END_NS, STARTED) == expected


def test_a_clock_time_of_a_short_recording_is_of_its_day():
    end_ns = START_NS + 10**9
    assert instants.instant("16:13:20", START_NS, end_ns, STARTED) == START_NS - 250_000_123


def test_a_part_ends_after_it_begins():
    begin_ns = instants.instant("11:00", START_NS, END_NS, STARTED)
    assert begin_ns == at(2026, 9, 22, 11)
    found = [instants.instant(text, START_NS, END_NS, STARTED, begin_ns)
             for text in ("17:00", "10:00", "1h")]
    assert found == [at(2026, 9, 22, 17), at(2026, 9, 22, 10), START_NS + 3600 * 10**9]


def test_without_a_zone_clock_times_are_this_machines():
    found = instants.instant("2026-09-21T18:00", START_NS, END_NS)
    assert found == datetime.datetime(2026, 9, 21, 18).timestamp() * 10**9


@pytest.mark.parametrize("text", ["", "soon", "5x", "s", "--5s", "25:00", "nan", "5 s s",
                                  "9" * 400])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(hzstat.RecordingError, match="no moment: give 10s"):
        instants.instant(text, START_NS, END_NS, STARTED)
