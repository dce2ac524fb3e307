"""Rows are arrays as any other, but that they know what they are of."""
import io
import pickle

import numpy as np

import hzstat


def test_rows_know_what_they_are_of():
    rows = hzstat.read("stat")
    assert (type(rows), rows.source, rows.process) == (hzstat.Rows, "stat", None)
    assert rows[1:].time_ns == rows.time_ns <= hzstat.read("stat").time_ns
    assert type(rows["user"]) is np.ndarray
    again = pickle.loads(pickle.dumps(rows))
    assert (again.source, again.time_ns, again.tolist()) == ("stat", rows.time_ns, rows.tolist())
    assert hzstat.parse("stat", b"cpu 1 2 3 4\n").time_ns is None


def test_rows_are_still_rows_when_they_are_sorted_picked_or_copied():
    rows = hzstat.read("stat")
    for others in (np.sort(rows, order="user"), np.unique(rows), rows[rows["cpu"] >= 0],
                   rows[["cpu", "user"]], rows.copy(), rows[::-1]):
        assert (type(others), others.source, others.time_ns) == (hzstat.Rows, "stat", rows.time_ns)


def test_what_is_computed_of_rows_is_numbers():
    rows = hzstat.parse("uptime", b"12.50 4.25\n")
    assert type(rows == rows) is np.ndarray
    numbers = rows.view("f8")
    for computed in (numbers.sum(), numbers.mean(), numbers.max(), numbers @ numbers):
        assert type(computed) is np.float64
    for computed in (2 * numbers, np.sqrt(numbers), numbers > 5):
        assert type(computed) is np.ndarray
    assert (numbers.sum(), (numbers > 5).tolist()) == (16.75, [True, False])


def test_rows_are_saved_as_plain_arrays():
    rows = hzstat.read("meminfo")
    file = io.BytesIO()
    np.save(file, rows, allow_pickle=False)
    file.seek(0)
    loaded = np.load(file, allow_pickle=False)
    assert type(loaded) is np.ndarray
    assert (loaded.dtype, loaded.tolist()) == (rows.dtype, rows.tolist())
