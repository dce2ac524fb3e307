"""The terminal, by itself: what comes back of it, and what is sent."""
import signal
import sys

import pytest
from terminal import Terminal

START = """if True:
    import os, signal, sys
    from hzstat.top.line import Line
    from hzstat.top.screen import Screen
    from hzstat.top.styles import MONO
    screen = Screen(0, 1, MONO)
"""


def run(code):
    return Terminal([sys.executable, "-c", START + code], 40, 10)


def test_after_any_exception():
    with run("""
    with screen:
        screen.draw([Line("here I am").fitted(40)])
        raise ZeroDivisionError("a bug")
    """) as terminal:
        assert terminal.wait() == 1
        assert b"here I am" in terminal.sent
        assert terminal.is_as_before()
        assert "ZeroDivisionError: a bug" in terminal.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP])
def test_a_signal_while_it_is_taken_over_waits_for_the_end_of_that(number):
    with run(f"""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    signal.signal(signal.SIGTSTP, lambda *_: print("stopped"))
    take = screen._take
    def interrupted():
        os.kill(os.getpid(), {number})
        take()
        print("taken")
    screen._take = interrupted
    with screen:
        screen.keys(0.1)
    """) as terminal:
        terminal.wait()
        assert b"taken" in terminal.sent
        assert terminal.is_as_before()


def test_whatever_signal_ends_it():
    with run("""
    for name in "HUP QUIT ALRM TERM USR1 USR2 VTALRM PROF XCPU".split():
        number = signal.Signals["SIG" + name]
        try:
            with screen:
                os.kill(os.getpid(), number)
                screen.keys(5)
        except SystemExit as end:
            assert end.code == 128 + number
        else:
            raise AssertionError(name)
    """) as terminal:
        assert terminal.wait() == 0, terminal.text
        assert terminal.is_as_before()


def test_signals_are_handled_as_before():
    with run("""
    ours = (signal.SIGHUP, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGINT)
    before = [signal.getsignal(one) for one in ours]
    with screen:
        assert [signal.getsignal(one) for one in ours] != before
    assert [signal.getsignal(one) for one in ours] == before
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.set_wakeup_fd(-1) == -1
    try:
        with Screen(os.open("/dev/null", os.O_RDONLY), 1, MONO):
            pass
    except Exception as failure:
        print(type(failure).__name__)
    assert [signal.getsignal(one) for one in ours] == before
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
    """) as terminal:
        assert terminal.wait() == 0, terminal.text
        assert terminal.text.strip() == "error"         # of termios
        assert terminal.mode == terminal.before


def test_a_part_of_a_line_is_sent_where_only_that_changed():
    with run("""
    with screen:
        screen.draw([Line("one").fitted(40), Line("two three").fitted(40)])
        os.write(1, b"<cut>")
        screen.draw([Line("one").fitted(40), Line("two there").fitted(40)])
        os.write(1, b"<cut>")
        screen.draw([Line("one").fitted(40), Line("two there").fitted(40)])
        os.write(1, b"<cut>")
    """) as terminal:
        assert terminal.wait() == 0
        _, second, third, _ = terminal.sent.split(b"<cut>")
        assert second == b"\033[?2026h\033[2;7Her\033[?2026l"
        assert third == b""


def test_all_is_sent_again_after_a_window_was_cut_and_restored():
    with run("""
    with screen:
        for _ in range(2):
            screen.draw([Line("here I am").fitted(40)])
        os.write(1, b"<cut>")
        sys.stdin.readline()
        screen.keys(0)
        screen.draw([Line("here I am").fitted(40)])
        sys.stdin.readline()
    """) as terminal:
        terminal.until(lambda: b"<cut>" in terminal.sent)
        terminal.resize(4, 10)
        terminal.resize(40, 10)
        assert "here I am" not in terminal.text
        terminal.press("\n")
        terminal.until(lambda: terminal.lines[0] == "here I am")
        terminal.press("\n")
        assert terminal.wait() == 0


def test_what_is_pressed_arrives():
    with run("""
    with screen:
        print("go", flush=True)
        keys = []
        while "q" not in keys:
            keys += screen.keys(0.1)
            print(keys, flush=True)
    print(keys)
    """) as terminal:
        terminal.until(lambda: "go" in terminal.text)
        terminal.press("x\033[B \033")
        terminal.until(lambda: "escape" in terminal.text)
        terminal.press("q")
        assert terminal.wait() == 0
        assert "['x', ' ', 'escape', 'q']" in terminal.text


def test_signals_at_any_instant_leave_the_terminal_as_it_was():
    with run("""
    import termios, time
    class Hit(BaseException):
        pass
    struck = True
    def strike(number, frame):      # once a round
        global struck
        if not struck:
            struck = True
            raise Hit
    signal.signal(signal.SIGTERM, strike)
    before = termios.tcgetattr(0)
    line = Line("x" * 40)
    end, hits, rounds = time.monotonic() + 0.6, 0, 0
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)
    while time.monotonic() < end:
        try:
            struck = False
            with Screen(0, 1, MONO) as screen:
                screen.keys(0)
                screen.draw([line])
        except Hit:
            hits += 1
        struck = True
        rounds += 1
        if termios.tcgetattr(0) != before:
            break
    else:
        rounds = -rounds
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("hits", hits, "rounds", rounds)
    """) as terminal:
        assert terminal.wait() == 0, terminal.text
        hits, rounds = (int(word) for word in terminal.text.split()[1::2])
        assert rounds < 0           # to the end
        assert hits > 5
        assert terminal.is_as_before()
        assert terminal.sent.count(b"\033[?1049h") <= terminal.sent.count(b"\033[?1049l")
