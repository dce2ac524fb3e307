"""The command that a recording is made of: started, heard for, and waited for."""
from __future__ import annotations

import errno
import os
import signal

from ..errors import RecordingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_FOUND, NOT_EXECUTABLE = 127, 126    # as shells say it
SIGNALLED = 128
SENT_BY_KERNEL = 0x80                   # si_code of a terminal's signals: SI_KERNEL

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
                 blocked: set[signal.Signals]) -> None:
        """Start it, with these signals blocked; NotStarted where that can't be done."""
        self.exit_status: int | None = None     # 128 + the signal that ended it
        try:
            self._pid = os.posix_spawnp(arguments[0], arguments, environment, setsigmask=blocked,
                                        setsigdef=IGNORED_BY_PYTHON)
        except OSError as failure:
            raise NotStarted(arguments[0], failure) from failure

    def forward(self, sent: signal.struct_siginfo) -> None:
        """Hand a signal on, unless the terminal sent it: that reached the command, too."""
        if self.exit_status is None and sent.si_code < SENT_BY_KERNEL:
            os.kill(self._pid, sent.si_signo)

    def has_ended(self) -> bool:
        if self.exit_status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.exit_status = code if code >= 0 else SIGNALLED - code
        return self.exit_status is not None
