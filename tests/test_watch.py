"""When rows begin and end."""
import time

import pytest

from hzstat.sampler import Sampler
from hzstat.watch import SHORT_DELAY_NS, Watch


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
