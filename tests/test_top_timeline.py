"""The columns of pictures and the numbers beside them, against plain numpy and Python."""
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hzstat.top import history
from hzstat.top.glyphs import ASCII, BLOCKS, BRAILLE, CELL_COLUMNS
from hzstat.top.history import NOW_NS, History
from hzstat.top.timeline import COLUMN_NS, KEPT_COLUMNS, Timeline

START_NS = 1_700_000_000 * 10**9


@st.composite
def chunked(draw, series=2):
    """Times and values of samples, some missing, and where the chunks end that they come in."""
    steps = draw(st.lists(st.sampled_from([0, 1, 10**6, 7 * 10**6, COLUMN_NS // 2, COLUMN_NS,
                                           3 * COLUMN_NS, 50 * COLUMN_NS]),
                          min_size=1, max_size=60))
    times = START_NS + draw(st.integers(0, COLUMN_NS)) + np.cumsum(np.array(steps, np.int64))
    number = st.floats(-1e9, 1e9) | st.just(math.nan)
    values = np.array([[draw(number) for _ in range(series)] for _ in steps])
    cuts = sorted(draw(st.sets(st.integers(0, len(steps)), max_size=6)))
    return times, values, [*cuts, len(steps)]


def feed(timeline, times, values, cuts):
    start = 0
    for cut in cuts:
        timeline.add(times[start:cut], values[start:cut])
        start = cut


@settings(deadline=None)
@given(chunked(), st.integers(-20, 20), st.integers(1, 200))
def test_columns_are_the_least_and_the_most_of_all_samples(samples, offset, count):
    times, values, cuts = samples
    timeline = Timeline(2)
    feed(timeline, times, values, cuts)
    first = int(times[-1]) // COLUMN_NS - count + 1 + offset
    newest = int(times[-1]) // COLUMN_NS
    for series in range(2):
        low, high = timeline.columns(first, count, series)
        for number in range(first, first + count):
            inside = [value for time, value in zip(times.tolist(), values[:, series].tolist(),
                                                   strict=True)
                      if time // COLUMN_NS == number and value == value]
            found = low[number - first], high[number - first]
            if number <= newest - KEPT_COLUMNS:
                continue        # forgotten, or not yet
            if inside:
                assert found == (min(inside), max(inside))
            else:
                assert np.isnan(found).all()


@settings(deadline=None)
@given(chunked(), st.integers(0, 100), st.integers(1, 200))
def test_numbers_are_those_of_the_samples_in_the_span(samples, back, count):
    times, values, cuts = samples
    timeline = Timeline(2)
    feed(timeline, times, values, cuts)
    first = int(times[-1]) // COLUMN_NS - back
    begin, end = first * COLUMN_NS, (first + count) * COLUMN_NS
    spans = np.diff(times, prepend=times[:1])
    for series in range(2):
        numbers = timeline.numbers(first, count, series)
        told = ~np.isnan(values[:, series])
        inside = (begin <= times) & (times < end) & told
        recent = inside & (times >= end - NOW_NS)
        before = np.flatnonzero(times < end)
        if len(before) and times[before[-1]] < end - NOW_NS \
                and end - times[before[-1]] < 2 * spans[before[-1]]:
            recent = inside & (times == times[before[-1]]) & (np.arange(len(times)) == before[-1])
        assert numbers.average == pytest.approx(mean(values[inside, series], spans[inside]))
        assert numbers.now == pytest.approx(mean(values[recent, series], spans[recent]))
        if inside.any():
            assert numbers.max == values[inside, series].max()
            assert numbers.p99 == np.percentile(values[inside, series], 99,
                                                method="inverted_cdf")
        else:
            assert numbers.max is numbers.p99 is None


def test_now_is_the_last_sample_where_samples_are_rare():
    one = History(1, 10**11)
    for second in range(4):
        one.add(np.array([START_NS + second * 10**9]), np.array([[float(second)]]))
    for later_ns, now in ((1, 3.0), (10**9, 3.0), (2 * 10**9 - 1, 3.0), (2 * 10**9, None)):
        assert one.numbers(START_NS, START_NS + 3 * 10**9 + later_ns, 0).now == now


def mean(values, weights):
    if not len(values):
        return None
    return np.average(values, weights=weights) if weights.sum() else values.mean()


@pytest.mark.parametrize("piece", [1, 99, 100, 101, 5000])
def test_a_long_history_keeps_what_it_is_to_keep(piece):
    kept_ns = 3 * 10**9
    one = History(1, kept_ns)
    times = START_NS + np.arange(30_000, dtype=np.int64) * 10**6
    values = np.arange(30_000.0)[:, None]
    for start in range(0, len(times), piece):
        one.add(times[start:start + piece], values[start:start + piece])
    end = int(times[-1]) + 1
    assert one.numbers(end - kept_ns, end, 0) == (
        pytest.approx(values[-500:].mean()), pytest.approx(values[-3000:].mean()),
        values[-3000 + 2969, 0])


def test_no_more_values_are_kept_than_there_is_room_for():
    series = history.MOST_VALUES // 1000
    one = History(series, 10**18)
    for start in range(0, 5000, 100):
        times = START_NS + np.arange(start, start + 100, dtype=np.int64)
        one.add(times, np.full((100, series), float(start)))
    assert one._values.size <= 6 * history.MOST_VALUES
    assert one.numbers(START_NS, START_NS + 5000, 7).p99 == 4900.0


def dots_of(lines, glyphs):
    """The dots of a picture, from the top, as its characters show them."""
    shapes = {"ascii": {" ": (0, 0), "'": (1, 0), ".": (0, 1), ":": (1, 1)}}
    if glyphs is ASCII:
        return [[shapes["ascii"][char][row] for char in line] for line in lines for row in (0, 1)]
    if glyphs is BRAILLE:       # Unicode numbers the dots down the columns, the last row last
        bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
        return [[int(bool((0 if char == " " else ord(char) - 0x2800) & bit)) for char in line
                 for bit in row] for line in lines for row in bits]
    quadrants = {" ": "0000", "▘": "1000", "▝": "0100", "▀": "1100", "▖": "0010", "▌": "1010",
                 "▞": "0110", "▛": "1110", "▗": "0001", "▚": "1001", "▐": "0101", "▜": "1101",
                 "▄": "0011", "▙": "1011", "▟": "0111", "█": "1111"}
    return [[int(quadrants[char][2 * row + column]) for char in line for column in (0, 1)]
            for line in lines for row in (0, 1)]


@settings(deadline=None)
@given(st.sampled_from([BRAILLE, BLOCKS, ASCII]), st.integers(1, 6), st.floats(0.5, 1e6),
       st.lists(st.tuples(st.floats(0, 1.2), st.floats(0, 1.2)) | st.none(), min_size=1,
                max_size=12))
def test_a_picture_has_the_dots_between_the_least_and_the_most(glyphs, height, top, shares):
    shares += [None] * (-len(shares) % CELL_COLUMNS)
    bands = [(math.nan, math.nan) if both is None else (min(both) * top, max(both) * top)
             for both in shares]
    low, high = (np.array([band[i] for band in bands]) for i in range(2))
    lines = glyphs.picture(low, high, top, height)
    assert [len(line) for line in lines] == [len(bands) // CELL_COLUMNS] * height
    together = CELL_COLUMNS // glyphs.columns
    highest = height * glyphs.rows - 1

    def dot(value):
        return min(highest, math.ceil(value * (highest / top)))
    for column, dots in enumerate(zip(*dots_of(lines, glyphs), strict=True)):
        inside = [band for band in bands[column * together:(column + 1) * together]
                  if band[0] == band[0]]
        wanted = range(dot(min(band[0] for band in inside)),
                       dot(max(band[1] for band in inside)) + 1) if inside else ()
        assert [i for i, set_ in enumerate(reversed(dots)) if set_] == list(wanted)


def test_what_is_above_zero_is_above_the_lowest_dot():
    lines = BRAILLE.picture(np.array([0.0, 1e-6]), np.array([0.0, 1e-6]), 1.0, 1)
    assert dots_of(lines, BRAILLE) == [[0, 0], [0, 0], [0, 1], [1, 0]]
