"""The lanes of the live view: how far up a picture reaches, and how what it shows is styled."""
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hzstat import units
from hzstat.top.lanes import Lane, narrow
from hzstat.top.styles import CALM, HIGH, RAISED, TRAFFIC
from hzstat.top.timeline import Timeline


@given(st.lists(st.floats(0, 1e15) | st.just(np.nan), min_size=1, max_size=20))
def test_a_picture_reaches_up_to_the_most_and_not_much_further(values):
    lane = Lane("recv", Timeline(1), 0, units.size)
    top = lane.top(np.array(values))
    most = max((value for value in values if value == value), default=0.0)
    assert most <= top <= max(1024.0, 1.5 * most)
    assert lane.top(np.array([top])) == top


def test_runs_tell_the_style_of_each_character_by_the_most_in_it():
    lane = Lane("cpu", Timeline(1), 0, units.percent, top=1.0, limits=(0.6, 0.9))
    high = np.array([0.1, 0.2, 0.1, 0.6, 0.9, 0.1, 0.95, 1.0, np.nan, np.nan, np.nan, 0.7])
    assert lane.runs(high) == [(0, CALM), (1, RAISED), (2, HIGH), (4, CALM), (5, RAISED)]
    assert [lane.style(value) for value in (0.59, 0.6, 0.89, 0.9)] == [CALM, RAISED, RAISED, HIGH]
    assert Lane("send", Timeline(1), 0, units.size).runs(high) == [(0, TRAFFIC)]


def test_names_from_the_kernel_do_a_terminal_no_harm():
    assert narrow(b"x\x1b[31my") == r"x\x1b[31my"
    assert narrow("名".encode()) == r"\u540d"
    assert narrow(b"\xff") == r"\xff"
