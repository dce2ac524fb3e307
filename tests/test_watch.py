"""When rows begin and end."""
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import MS, START_NS, even

from hzstat.sampler import Sampler
from hzstat.watch import SHORT_DELAY_NS, RingSpan, Watch


@pytest.fixture
def sampler():
    with Sampler({"loadavg": 200, "stat": 100}, jobs=1) as sampler:
        time.sleep(0.4)
        yield sampler


@pytest.mark.parametrize("delay", [0.2, 0.25])
def test_the_first_short_row_is_over_when_the_watch_begins(sampler, delay):
    watch = Watch(sampler, delay)
    began_ns = sampler.board.now_ns()
    rows = [(at.start_ns, at.end_ns, len(at.within("stat"))) for at in watch.rows(3)]
    assert rows[0][0] < began_ns - 50_000_000       # and not when the last records were taken
    for start_ns, end_ns, records in rows:
        assert end_ns - start_ns >= delay * 1e9
        assert records >= 2
    assert [end for _, end, _ in rows[:2]] == [start for start, _, _ in rows[1:]]


def test_the_first_short_row_is_no_older_than_the_first_records():
    with Sampler({"loadavg": 200, "stat": 100}, jobs=1) as sampler:
        watch = Watch(sampler, 0.2)
        [at] = watch.rows(1)
        first = min(at.records(name)["time_ns"][0] for name in at.spans)
        assert at.start_ns >= first - 10_000_000        # a late first record's planned instant


def test_a_long_row_begins_when_the_watch_does(sampler):
    watch = Watch(sampler, 2 * SHORT_DELAY_NS / 1e9)
    began_ns = sampler.board.now_ns()
    [start_ns] = [at.start_ns for at in watch.rows(1)]
    assert abs(start_ns - began_ns) < SHORT_DELAY_NS


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(1, 30))
def test_what_comes_late_is_in_the_next_row(arrivals, row_ms):
    """A row begins with the last record that the one before it had, whatever came in between."""
    every = even("loadavg", 101, MS)
    batches = [every[start:stop] for start, stop in zip([0, *sorted(arrivals)],
                                                        [*sorted(arrivals), 101], strict=True)]
    view = SimpleNamespace(dtype=every.dtype, drain=lambda: every[:0])
    span = RingSpan(view)
    last = None
    for number, batch in enumerate(batches):
        given = iter([batch, every[:0]])
        view.drain = lambda given=given: next(given)
        end_ns = START_NS + (number + 1) * row_ms * MS
        span.cut(end_ns, row_ms * MS)
        if last is not None:
            assert span.records["tick"][0] == last
        if len(span.records):
            last = span.records["tick"][-1]
            assert last * MS <= end_ns
