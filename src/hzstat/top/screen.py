"""The terminal: taken over on entering, given back as it was on leaving, however that comes about.

Only what has changed is sent. Signals that end us raise where they strike, as Ctrl-C does; to be
stopped and to go on (Ctrl-Z, fg) is done between two frames.
"""
from __future__ import annotations

import os
import select
import signal
import termios
from contextlib import suppress
from errno import EINTR

from .keys import Keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType
    from typing import Any

    from .line import Line

# The other screen, cleared; no cursor; lines that end at the edge; and what is pasted in brackets.
TAKE = "\033[?1049h\033[?25l\033[?7l\033[?2004h\033[2J"
# All of that back. What has no other screen is at least left clean.
GIVE_BACK = "\033[m\033[2J\033[H\033[?2004l\033[?7h\033[?25h\033[?1049l"
# A terminal that knows these shows a frame when it is whole; others pass them over.
FRAME, SHOW = "\033[?2026h", "\033[?2026l"
HUNG_UP = 128 + signal.SIGHUP
# What ends a process that doesn't heed it, faults of its own aside.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM,
          signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU)
PATIENCE_SECONDS = 1.0
USUAL_SIZE = os.terminal_size((80, 24))     # where the terminal doesn't know


class Screen:
    """A terminal, by the descriptors to read keys from and to draw on."""

    def __init__(self, keyboard: int, display: int, styles: Mapping[str, str]) -> None:
        self.keyboard = keyboard
        self.display = display
        self.styles = styles
        self._keys = Keys()
        self._shown: list[Line] = []
        self._stopped = self._continued = False
        self._afresh, self._taken = True, False
        self._deferring, self._deferred = False, list[int]()
        self._handlers: dict[int, Any] = {}
        self._old_waker = -1
        self._termios: list[Any] = []

    # -- taking over and giving back -------------------------------------------------------

    def __enter__(self) -> Screen:
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._deferring = True
        try:
            self._old_waker = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
            for number, handler in (*((one, self._on_end) for one in ENDING),
                                    (signal.SIGTSTP, self._on_stop),
                                    (signal.SIGCONT, self._on_continue),
                                    (signal.SIGWINCH, self._on_resize)):
                self._handlers[number] = signal.signal(number, handler)
            self._termios = termios.tcgetattr(self.keyboard)
            self._take()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._deferring = True
        # A terminal that is gone can't be given back, and what ended us is to be told, not that.
        with suppress(OSError, termios.error):
            if self._taken:
                self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_waker)
        os.close(self._wake)
        os.close(self._waker)
        self._strike()

    def _on_end(self, number: int, frame: FrameType | None) -> None:
        """What ends us waits while the terminal is taken over or given back; otherwise it does
        what it did before."""
        if self._deferring or within(Screen.__exit__, frame):
            self._deferred.append(number)
        elif callable(handler := self._handlers[number]):
            handler(number, frame)
        elif handler != signal.SIG_IGN:         # as nohup has it
            raise SystemExit(128 + number)

    def _strike(self) -> None:
        """Let the signals that had to wait strike now."""
        self._deferring = False
        while self._deferred:
            os.kill(os.getpid(), self._deferred.pop())

    def _take(self) -> None:
        self._taken = True
        mode = termios.tcgetattr(self.keyboard)
        mode[3] &= ~(termios.ICANON | termios.ECHO)     # Ctrl-C and Ctrl-Z stay signals
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        self._set_mode(mode)
        self._send(TAKE)
        self.forget()

    def _give_back(self) -> None:
        try:
            # Whoever pressed Ctrl-S, or is cut off, can't be sent anything, and we are to end.
            if select.select((), (self.display,), (), PATIENCE_SECONDS)[1]:
                self._send(GIVE_BACK)
        finally:
            if in_front(self.keyboard):     # else it has the mode of who is
                self._set_mode(self._termios)
        self._taken = False

    def _set_mode(self, mode: list[Any]) -> None:
        """In the background that stops us until we are in front again, or are ended."""
        while True:
            try:
                return termios.tcsetattr(self.keyboard, termios.TCSANOW, mode)
            except termios.error as failure:
                if failure.args[0] != EINTR or self._deferred:
                    raise

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True

    def _on_continue(self, number: int, frame: FrameType | None) -> None:
        self._continued = True

    def _on_resize(self, number: int, frame: FrameType | None) -> None:
        self.forget()       # even if it is soon as large as before: what was cut off is lost

    def _stop(self) -> None:
        """Be stopped, as whoever pressed Ctrl-Z expects; comes back when we are to go on."""
        self._give_back()
        ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, ours)
        self._stopped, self._continued = False, True

    # -- what is shown ---------------------------------------------------------------------

    def size(self) -> os.terminal_size:
        """Columns and lines, as they are now."""
        size = os.get_terminal_size(self.display)
        return size if size.columns and size.lines else USUAL_SIZE

    def forget(self) -> None:
        """Let the next frame be drawn afresh, all of it."""
        self._afresh = True

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these, all of one width, from the top."""
        sent = []
        if self._afresh or widths(self._shown) != widths(lines):
            self._afresh = False
            sent.append("\033[2J")
            self._shown = []
        for number, line in enumerate(lines):
            place = line.differs(self._shown[number]) if self._shown else (0, len(line.text))
            if place:
                sent.append(f"\033[{number + 1};{place[0] + 1}H{line.painted(*place, self.styles)}")
        self._shown = list(lines)
        if sent:
            self._send(f"{FRAME}{''.join(sent)}{SHOW}")

    def _send(self, text: str) -> None:
        data = text.encode()
        while data:
            try:
                data = data[os.write(self.display, data):]
            except BlockingIOError:         # someone else made the terminal so
                select.select((), (self.display,), ())

    # -- keys ------------------------------------------------------------------------------

    def keys(self, seconds: float) -> list[str]:
        """The keys that are pressed within `seconds`; ends at the first, or at a signal."""
        if self._deferring:
            self._strike()      # only now: where __enter__ raises, no __exit__ follows
        if not self._stopped:
            ready, _, _ = select.select((self.keyboard, self._wake), (), (), max(0.0, seconds))
        else:
            ready = []
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._stopped:
            self._stop()
        if self._continued:
            self._continued = False
            self._take()
            return []
        data = os.read(self.keyboard, 4096) if self.keyboard in ready else b""
        if self.keyboard in ready and not data:
            raise SystemExit(HUNG_UP)       # nobody is there any more
        return self._keys.feed(data)


def widths(lines: Sequence[Line]) -> list[int]:
    return [len(line.text) for line in lines]


def in_front(terminal: int) -> bool:
    """Is it our turn to set the terminal's mode? If it isn't the one that controls us, it always
    is."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def within(function: Callable[..., object], frame: FrameType | None) -> bool:
    """Is a frame of this function, be it at its very start, or of what it has called?"""
    while frame and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None
