"""Numbers and names as a person sees them."""
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hzstat import units

PREFIXES = "BkMGTPE"


@given(st.integers(0, 2**64) | st.floats(0, 2.0**64))
def test_a_size_has_at_most_five_characters_and_is_right_to_one_in_twenty(number):
    text = units.size(number)
    assert len(text) <= 5
    shown = float(text[:-1]) * 1024 ** PREFIXES.index(text[-1])
    assert shown == pytest.approx(number, rel=0.051, abs=0.5)


@pytest.mark.parametrize(("number", "text"), [
    (None, "-"), (0, "0B"), (999, "999B"), (1000, "1.0k"), (1023, "1.0k"), (1024, "1.0k"),
    (10 * 1024, "10k"), (999.6 * 1024, "1.0M"), (23 << 20, "23M"), (2**64, "16E")])
def test_sizes(number, text):
    assert units.size(number) == text


@given(st.floats(0, 2.0**62))
def test_bits_and_counts_are_short_and_right_too(number):
    for digits, within in ((2, 0.051), (3, 0.0051)):
        bits, count = units.bits(number, digits), units.count(number, digits)
        assert max(len(bits), len(count)) <= 5
        assert figure(bits) == pytest.approx(8 * number, rel=within, abs=0.5)
        assert figure(count) == pytest.approx(number, rel=within, abs=0.0051)


def figure(text):
    """What a short text says, 1000-based."""
    prefix = text[-1] if text[-1] in "bkMGTPE" else ""
    return float(text.removesuffix(prefix)) * 1000.0 ** "bkMGTPE".find(prefix or "b")


@pytest.mark.parametrize(("number", "text", "bits"), [
    (0, "0", "0b"), (3, "3", "24b"), (0.4, "0.40", "3b"), (0.04, "0.04", "0b"), (12.3, "12", "98b"),
    (999, "999", "8.0k"), (999.6, "1.0k", "8.0k"), (12_345, "12k", "99k"), (125e6, "125M", "1.0G")])
def test_counts_and_bits(number, text, bits):
    assert (units.count(number), units.bits(number)) == (text, bits)


@given(st.floats(0, 1))
def test_a_percentage_has_at_most_three_characters(share):
    text = units.percent(share)
    assert len(text) <= 3
    assert float(text) == pytest.approx(100 * share, abs=0.501)


@given(st.floats(0, 1e6))
def test_a_load_has_at_most_four_characters(number):
    text = units.load(number)
    assert len(text) <= 4
    if number > 9999:
        assert figure(text) == pytest.approx(number, rel=0.051)
        return
    assert float(text) == pytest.approx(number, rel=0.01, abs=0.006)


def test_what_is_missing_is_a_dash():
    assert units.percent(None) == units.load(None) == units.size(None) == "-"


@pytest.mark.parametrize(("ns", "text"), [
    (None, "-"), (0, "0ns"), (999, "999ns"), (1000, "1.0us"), (99_940, "99.9us"), (99_960, "100us"),
    (999_400, "999us"), (999_600, "1.0ms"), (12_345_678, "12.3ms"), (2_500_000_000, "2.5s"),
    (999_600_000, "1.0s")])
def test_durations(ns, text):
    assert units.duration(ns) == text
    assert len(text) <= 6


@pytest.mark.parametrize(("text", "seconds"), [
    ("10", 10), ("10s", 10), ("500ms", 0.5), ("2us", 2e-6), ("1ns", 1e-9), ("1.5m", 90),
    ("1h", 3600), ("1e3", 1000), ("-5s", -5), ("0", 0)])
def test_times(text, seconds):
    assert units.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "5x", "5sm", "5 s s", "soon", "nan", "inf", "1e10"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"no length of time|too long"):
        units.seconds(text)


@pytest.mark.parametrize(("name", "text"), [
    (b"eth0", "eth0"), ("br-lan.7@x", "br-lan.7@x"), ("zoë".encode(), "zoë"),
    (b"\x1b[2J", r"\x1b[2J"), ("\x9b2J", r"\x9b2J"), ("a\nb\r\t\0", r"a\nb\r\t\x00"),
    ("\u202eevil", r"\u202eevil"), ("\u2028", r"\u2028"), (b"\xff\xc3(", r"\xff\xc3("),
    ("\udcff", r"\udcff"), ("two words", "two words"), ("\x7f", r"\x7f"), ("\u200b", r"\u200b")])
def test_printable(name, text):
    assert units.printable(name) == text


@given(st.binary() | st.text(st.characters(exclude_categories=())))
def test_nothing_printable_can_disturb_a_terminal(name):
    text = units.printable(name)
    text.encode()
    assert all(char == " " or unicodedata.category(char)[0] not in "CZ" for char in text)
