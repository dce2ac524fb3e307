"""Parts of the live view by themselves: keys, lines, styles, heights."""
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat.cli_top import has_braille
from hzstat.top.frame import Extent, fitting, heading, heights, too_small
from hzstat.top.keys import ESCAPE, Keys
from hzstat.top.line import Line
from hzstat.top.live import stepped
from hzstat.top.styles import EIGHT, MANY, MONO, styles


@pytest.mark.parametrize(("sent", "keys"), [
    (b"q", ["q"]), (b" +-?", [" ", "+", "-", "?"]), (b"\x1b[Aq", ["q"]), (b"\x1b[1;5Cq", ["q"]),
    (b"\x1bOPq", ["q"]), (b"\x1bnq", ["q"]), ("ñq".encode(), ["q"]),
    (b"a\x1b[200~q\x1b[Aq\r\n\x1b[201~q", ["a", "q"]), (b"\x1b[200~\x1b[201~", []),
    (b"\x1b]11;rgb:cc/dd/00\aq", ["q"]), (b"\x1bP1$rm\x1b\\q", ["q"]),
    (b"\x1b\x1bOPq", [ESCAPE, "q"]), (b"\x0c", ["\f"])])
def test_keys(sent, keys):
    assert Keys().feed(sent) == keys
    one = Keys()
    assert [key for byte in sent for key in one.feed(bytes([byte]))] == keys


def test_the_escape_key_is_known_when_nothing_follows():
    for sent in (b"\x1b", b"\x1b[", b"\x1b]", b"\x1b[200~lost"):
        keys = Keys()
        assert keys.feed(sent) == []
        assert keys.feed(b"") == [ESCAPE]
        assert keys.feed(b"q") == ["q"]


@given(st.binary(max_size=40), st.integers(0, 40))
def test_any_bytes_are_taken(sent, cut):
    keys = Keys()
    for piece in (sent[:cut], sent[cut:], b"", b""):
        assert all(key == ESCAPE or (len(key) == 1 and key.isascii()) for key in keys.feed(piece))
    assert keys.feed(b"q") == ["q"]


PIECES = st.lists(st.tuples(st.text("ab ⣿", max_size=5), st.sampled_from(["", "bold", "dim"])),
                  max_size=6)


def cells(line):
    """Each character with its style."""
    return [(char, style) for text, style in line.parts(0, len(line.text)) for char in text]


@given(PIECES, PIECES, st.integers(1, 20))
def test_lines(pieces, others, width):
    line = Line().extend(pieces)
    plain = [(char, style) for text, style in pieces for char in text]
    assert cells(line) == plain
    fitted = line.fitted(width)
    assert len(fitted.text) == width
    assert [char for char, _ in cells(fitted)] == [
        char for char, _ in (plain + [(" ", "")] * width)[:width]]
    other = Line().extend(others).fitted(width)
    place = other.differs(fitted)
    here, there = cells(other), cells(fitted)
    assert all(here[i] == there[i] for i in range(width)
               if place is None or not place[0] <= i < place[1])
    over = fitted.over(Line("XY"), 1)
    assert over.text == (fitted.text[:1] + "XY" + fitted.text[3:])


def test_a_part_of_a_line_is_painted_with_its_styles():
    line = Line("ab", "bold").add("cd").add("ef", "dim")
    assert line.painted(1, 5, EIGHT) == "\033[1mb\033[mcd\033[2me\033[m"
    assert line.painted(1, 5, MONO) == "\033[1mb\033[mcde"


@pytest.mark.parametrize(("rate", "steps", "wanted"), [
    (1000.0, 0, 1000.0), (1000.0, 1, 2000.0), (1000.0, 9, 10_000.0), (1000.0, -1, 500.0),
    (1000.0, -99, 10.0), (300.0, 1, 500.0), (300.0, -1, 200.0), (300.0, 0, 300.0),
    (5.0, -1, 5.0), (5.0, 1, 10.0), (20_000.0, 1, 20_000.0), (20_000.0, -1, 10_000.0)])
def test_steps_of_the_rate(rate, steps, wanted):
    assert stepped(rate, steps) == wanted


class Weighted:
    def __init__(self, weight, one_of_many):
        self.weight = weight
        self.one_of_many = one_of_many


LANES = st.lists(st.builds(Weighted, st.integers(1, 5), st.booleans()), max_size=40)


@given(LANES, st.integers(1, 80))
def test_heights_fill_the_room(lanes, room):
    shown = fitting(lanes, room)
    found = heights(shown, room)
    assert all(height >= 1 for height in found)
    assert len(found) == len(shown) == min(len(lanes), room)
    if lanes:
        assert sum(found) == room


@given(LANES, st.integers(1, 80))
def test_of_many_the_last_give_way(lanes, room):
    shown = fitting(lanes, room)
    assert shown == [lane for lane in lanes if lane in shown]
    others = [lane for lane in lanes if not lane.one_of_many]
    assert [lane for lane in shown if not lane.one_of_many] == others[:room]
    many = [lane for lane in lanes if lane.one_of_many]
    kept = [lane for lane in shown if lane.one_of_many]
    assert kept == many[:len(kept)]


def luminance(number):
    """Of one of xterm's 256 colours, as WCAG has it."""
    if number < 232:
        levels = [(number - 16) // place % 6 for place in (36, 6, 1)]
        parts = [0 if level == 0 else 55 + 40 * level for level in levels]
    else:
        parts = [8 + 10 * (number - 232)] * 3
    linear = [part / 255 / 12.92 if part / 255 <= 0.03928
              else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read_on_black_and_on_white():
    numbers = {name: int(found[1]) for name, code in MANY.items()
               if (found := re.search(r"38;5;(\d+)", code))}
    assert len(numbers) == 5
    for name, number in numbers.items():
        assert (luminance(number) + 0.05) / 0.05 >= 3, name
        assert 1.05 / (luminance(number) + 0.05) >= 3, name


@pytest.mark.parametrize(("colour", "environment", "wanted"), [
    (None, {"TERM": "xterm-256color"}, MANY), (None, {"TERM": "linux"}, EIGHT),
    (None, {"TERM": "xterm", "COLORTERM": "truecolor"}, MANY), (None, {"TERM": "vt220"}, MONO),
    (None, {"TERM": "xterm-256color", "NO_COLOR": "1"}, MONO), (False, {"TERM": "xterm"}, MONO),
    (None, {"TERM": "xterm-256color", "NO_COLOR": ""}, MANY),
    (True, {"TERM": "xterm-256color", "NO_COLOR": "1"}, MANY)])
def test_styles_by_the_environment(colour, environment, wanted):
    assert styles(colour, environment) is wanted


@pytest.mark.parametrize(("environment", "wanted"), [
    ({"LC_ALL": "C.UTF-8"}, True), ({"LANG": "de_DE.utf8"}, True), ({"LC_CTYPE": "UTF-8"}, True),
    ({}, False), ({"LC_ALL": "C", "LANG": "C.UTF-8"}, False), ({"LC_ALL": "", "LANG": "C"}, False),
    ({"LC_ALL": "POSIX"}, False), ({"LC_ALL": "C.UTF-8", "TERM": "linux"}, False),
    ({"LC_ALL": "C.UTF-8", "TERM": "vt100"}, False)])
def test_braille_by_the_environment(environment, wanted):
    assert has_braille(environment) == wanted


@pytest.mark.parametrize("width", [40, 80, 300, 1000])
def test_the_heading_tells_how_long_ago_it_was(width):
    line = heading(Extent(10**18, width), "|").text
    assert len(line) == width
    assert line.endswith("now")
    found = re.search(r"-(\d+)s", line)
    if found:
        cells_back = width - found.end()
        assert cells_back == pytest.approx(int(found[1]) / 0.2, abs=1)


def test_too_small_fits_any_size():
    for width, height in ((1, 1), (3, 200), (200, 1), (39, 4)):
        lines = too_small(width, height)
        assert [len(line.text) for line in lines] == [width] * height
