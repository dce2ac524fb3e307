"""The running statistics of an acquisition, beside numpy's of all values at once."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat.acquisition.statistics import BINS, Statistics, histogram, mean, std

DTYPE = np.dtype([("time_ns", "i8"), ("value", "f8")])
finite = st.floats(allow_nan=False, allow_infinity=False)
modest = st.floats(-1e9, 1e9)


def added(batches, dtype=DTYPE):
    statistics = Statistics(dtype, "time_ns")
    for batch in batches:
        records = np.zeros(len(batch), dtype)
        records["value"] = batch
        statistics.add(records)
    return statistics


def counts_of(statistics):
    return histogram(statistics.state["columns"][0][0])


@given(st.lists(st.lists(modest, max_size=30), max_size=8))
def test_mean_and_spread(batches):
    column = added(batches).state["columns"][0][0]
    values = np.array([value for batch in batches for value in batch])
    assert column["count"] == len(values)
    if len(values):
        within = max(1e-12 * np.abs(values).max(), 1e-300)      # below it digits get lost
        assert mean(column) == pytest.approx(values.mean(), rel=1e-12, abs=within)
        assert std(column) == pytest.approx(values.std(), rel=1e-12, abs=within)
        assert (column["min"], column["max"]) == (values.min(), values.max())


def test_the_largest_numbers():
    """Their squares are none, their mean is."""
    for batches in ([1e308], [-1e308, 1e308]), ([1e308, -1e308, 1e308],), ([1.7e308, -1.7e308],):
        column = added(batches).state["columns"][0][0]
        values = np.concatenate(batches)
        with np.errstate(over="ignore"):
            assert (mean(column), std(column)) == (pytest.approx(values.mean()), np.inf)


def test_a_small_spread_far_from_zero():
    values = 1e9 + np.random.default_rng(5).normal(0, 1e-3, 10_000)
    column = added(np.array_split(values, 997)).state["columns"][0][0]
    exact = np.array([Fraction(value) for value in values])
    centre = exact.sum() / len(exact)
    assert mean(column) == pytest.approx(float(centre), rel=1e-15)
    assert std(column) == pytest.approx(
        float(np.square(exact - centre).sum() / len(exact)) ** 0.5, rel=1e-12)


@given(st.lists(st.lists(finite, max_size=10), max_size=8))
def test_no_count_is_lost_and_none_is_in_the_wrong_bin(batches):
    counts, edges = counts_of(added(batches))
    values = np.array([value for batch in batches for value in batch])
    assert counts.sum() == len(values)
    if len(values):
        assert len(edges) == len(counts) + 1
        assert len(counts) <= BINS
        where = np.searchsorted(edges, values, side="right") - 1
        assert (counts == np.bincount(where, minlength=len(counts))).all()


def test_the_bins_are_fine_enough():
    values = np.random.default_rng(3).normal(10, 0.6, 10_000)
    counts, edges = counts_of(added(np.array_split(values, 100)))
    assert BINS // 2 - 1 <= len(counts) <= BINS
    assert (counts == np.histogram(values, edges)[0]).all()
    widths = np.diff(edges)
    assert (widths == widths[0]).all()


def test_bins_of_whole_numbers_are_whole():
    dtype = np.dtype([("time_ns", "i8"), ("value", "i8")])
    counts, edges = counts_of(added([[3], [5, 5], [4]], dtype))
    assert counts.tolist() == [1, 1, 2]
    assert edges.tolist() == [3, 4, 5, 6]


def test_values_that_are_no_numbers():
    """As numpy has them; they are in no bin."""
    counts, _ = counts_of(statistics := added([[1.0, np.inf], [2.0, np.nan]]))
    column = statistics.state["columns"][0][0]
    assert counts.sum() == 2
    assert column["count"] == 4
    assert np.isnan([mean(column), std(column), column["min"], column["max"]]).all()


def test_a_million_in_batches_of_any_size():
    rng = np.random.default_rng(11)
    values = rng.normal(10, 0.6, 1_000_000)
    batches = np.split(values, np.sort(rng.integers(0, len(values), 200)))
    statistics = added(batches)
    column = statistics.state["columns"][0][0]
    assert statistics.events == len(values)
    assert mean(column) == pytest.approx(values.mean(), rel=1e-12)
    assert std(column) == pytest.approx(values.std(), rel=1e-12)
