"""The command that a recording is made of: started, heard for, and waited for."""
from __future__ import annotations

import errno
import os
import signal

from hzstat.errors import RecordingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOT_FOUND, NOT_EXECUTABLE = 127, 126    # as shells say it
SIGNALLED = 128
SENT_BY_KERNEL = 0x80                   # si_code of a terminal's signals: SI_KERNEL
BY_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGWINCH)

# What whoever means the command may send to us instead.
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
             signal.SIGUSR2, signal.SIGALRM, signal.SIGWINCH)
# What Python ignores, and a command would inherit.
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class NotStarted(RecordingError):
    """The command can't be run. Has .exit_status, by which shells tell that."""

    def __init__(self, command: str, failure: OSError) -> None:
        missing = failure.errno == errno.ENOENT
        reason = "there is no such command" if missing and "/" not in command else failure.strerror
        super().__init__(f"{command} can't be run: {reason}; nothing was recorded")
        self.exit_status = NOT_FOUND if missing else NOT_EXECUTABLE


class Command:
    """A child process, whose input and output are ours."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str],
                 blocked: set[int], report: Callable[[str], None]) -> None:
        """Start it, with these signals blocked; NotStarted where that can't be done."""
        self._report = report
        self.exit_status: int | None = None     # 128 + the signal that ended it
        try:
            self._pid = os.posix_spawnp(arguments[0], arguments, environment, setsigmask=blocked,
                                        setsigdef=IGNORED_BY_PYTHON)
        except OSError as failure:
            raise NotStarted(arguments[0], failure) from failure

    def forward(self, sent: signal.struct_siginfo) -> None:
        """Hand a signal on that the command hasn't got already."""
        if self.exit_status is not None or self._has(sent):
            return
        try:
            os.kill(self._pid, sent.si_signo)
        except PermissionError as failure:      # of sudo, say
            self._report(f"{signal.Signals(sent.si_signo).name} can't be handed on to the command: "
                         f"{failure.strerror}")

    def _has(self, sent: signal.struct_siginfo) -> bool:
        """Did it get that, too? A terminal's signals go to our whole process group, which it may
        have left; but that the terminal is gone, the session's leader alone is told."""
        if sent.si_signo not in BY_TERMINAL:        # of an alarm that was set before we began, say
            return False
        if sent.si_signo == signal.SIGHUP and os.getsid(0) == os.getpid():
            return False
        return sent.si_code >= SENT_BY_KERNEL and os.getpgid(self._pid) == os.getpgrp()

    def has_ended(self) -> bool:
        if self.exit_status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.exit_status = code if code >= 0 else SIGNALLED - code
        return self.exit_status is not None
