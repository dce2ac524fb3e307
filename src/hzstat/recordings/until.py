"""Records until there is a reason to stop.

All signals that matter are blocked and waited for, by which they tell who sent them: a terminal's
Ctrl-C has reached the command itself, what others send is meant for it. The end of the command, of
a worker and of our input are signals, too, so that nobody has to look for them all the time.
"""
from __future__ import annotations

import fcntl
import os
import select
import signal
import stat
import time

from hzstat.errors import HzstatError

from .command import FORWARDED
from .recorder import (
    BLOCK,
    COMMAND,
    FAILED,
    INTERRUPTED,
    LOOK_SECONDS,
    TERMINATED,
    TIME,
    reason_for,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .command import Command
    from .recorder import Recorder

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NEWS = (signal.SIGCHLD, signal.SIGIO)


class Signals:
    """Those that are waited for, in a with statement; `before`: what was blocked already.

    One that was ignored stays so (by nohup, or in the background of a script).
    """

    def __init__(self, for_command: bool) -> None:
        sent = {*ENDING, *(FORWARDED if for_command else ())}
        self._heard = {*NEWS, *(one for one in sent if signal.getsignal(one) != signal.SIG_IGN)}
        self.before: set[int] = set()

    def __enter__(self) -> Signals:
        self.before = {*signal.pthread_sigmask(signal.SIG_BLOCK, self._heard)}
        return self

    def __exit__(self, *_: object) -> None:
        while self.wait(0):     # what comes while we end changes nothing
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, self.before)

    def wait(self, seconds: float) -> signal.struct_siginfo | None:
        """The next one that comes, within `seconds`."""
        return signal.sigtimedwait(self._heard, max(0.0, seconds))

    def already(self) -> int:
        """The number of a signal to end that has come by now, or 0."""
        while sent := self.wait(0):
            if sent.si_signo in ENDING:
                return sent.si_signo
        return 0


class Input:
    """Standard input as a life line: who holds the other end of it wants us to go on."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        self._flags = fcntl.fcntl(0, fcntl.F_GETFL)
        self._tells = stat.S_ISFIFO(os.fstat(0).st_mode)    # by a signal, SIGIO
        if self._tells:
            fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(0, fcntl.F_SETFL, self._flags | os.O_ASYNC)

    def close(self) -> None:
        """No signals any more: they would end us, once they aren't waited for."""
        if self._tells:
            fcntl.fcntl(0, fcntl.F_SETFL, self._flags)

    def has_ended(self) -> bool:
        """Has something come, or will nothing? Or did our parent end, and left the other end to
        children of its own?"""
        return bool(self._poll.poll(0)) or os.getppid() != self._parent


class Ending:
    """Why it is to end: the reason, more words for people, and the signal that said so, or 0."""

    def __init__(self, reason: str, message: str = "", signum: int = 0) -> None:
        self.reason = reason
        self.message = message
        self.signum = signum


def record(recorder: Recorder, signals: Signals, flush_seconds: float, seconds: float | None,
           command: Command | None, life_line: Input | None) -> Ending:
    """Write what is taken every `flush_seconds`, until there is a reason not to go on."""
    now = time.monotonic()
    until = now + (float("inf") if seconds is None else seconds)
    pause = min(flush_seconds, recorder.longest_pause)
    next_flush = now + pause
    while True:
        sent = signals.wait(min(next_flush, until, now + LOOK_SECONDS) - now)
        ending = heard(sent, command) if sent else None
        if ending:          # at once: our workers may have got it, too, and aren't to start again
            return ending
        now = time.monotonic()
        try:
            recorder.sampler.check()
            if now >= next_flush:
                recorder.flush()
                next_flush = now + pause
        except OSError as failure:
            return Ending(*reason_for(failure))
        except HzstatError as failure:
            return Ending(FAILED, str(failure))
        if command and command.has_ended():
            return Ending(COMMAND)
        if life_line and life_line.has_ended():
            return Ending(BLOCK)
        if now >= until:
            return Ending(TIME)


def heard(sent: signal.struct_siginfo, command: Command | None) -> Ending | None:
    """What a signal means: it goes to the command, or is the end where there is none."""
    if command:
        if sent.si_signo in FORWARDED:
            command.forward(sent)
    elif sent.si_signo == signal.SIGINT:
        return Ending(INTERRUPTED, signum=sent.si_signo)
    elif sent.si_signo in ENDING:
        return Ending(TERMINATED, signal.Signals(sent.si_signo).name, sent.si_signo)
    return None


def see_off(command: Command, signals: Signals) -> int:
    """Wait for a command, which may outlive its recording, and go on to hand it signals; its exit
    status."""
    while not command.has_ended():
        sent = signals.wait(LOOK_SECONDS)
        if sent:
            heard(sent, command)
    return command.exit_status or 0
