"""A command in a terminal: a real pseudo-terminal, and an emulator that shows what was drawn."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pyte


class Terminal:
    """Runs a command as the terminal's session; `screen` is what a person would see.

    >>> with Terminal(["hzstat", "top"], 80, 24) as terminal:
    ...     terminal.until(lambda: "cpu" in terminal.text)
    ...     terminal.press("q")
    ...     assert terminal.wait() == 0
    """

    def __init__(self, command, columns=80, lines=24, environment=None, folder=None):
        self.screen = pyte.Screen(columns, lines)
        self.sent = b""             # all that the terminal was sent
        self._stream = pyte.ByteStream(self.screen)
        self.master, self.slave = pty.openpty()
        self._set_size(columns, lines)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            cwd=folder, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                 **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for end in (self.master, self.slave):
            if end >= 0:
                os.close(end)

    def _set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        self.screen.resize(lines, columns)
        self._set_size(columns, lines)      # the kernel sends SIGWINCH

    def press(self, keys):
        os.write(self.master, keys.encode())

    def look(self, seconds=0.05):
        """Take what the terminal was sent meanwhile."""
        deadline = time.monotonic() + seconds
        while select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
            data = os.read(self.master, 65536)
            self.sent += data
            self._stream.feed(data)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    def until(self, condition, seconds=20.0):
        """What `condition` returns, once it is true of the screen."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited in vain, and saw:\n{self.text}"
            self.look()
        return found

    def wait(self, seconds=20.0):
        """The exit status; negative for a signal."""
        self.until(lambda: self.process.poll() is not None, seconds)
        self.look()
        return self.process.returncode

    @property
    def mode(self):
        return termios.tcgetattr(self.slave)

    def is_as_before(self):
        """Is the terminal given back: its mode, its cursor, and the screen that was there?"""
        last = {mode: max(self.sent.rfind(mode + end) for end in (b"h", b"l"))
                for mode in (b"\033[?1049", b"\033[?25", b"\033[?7", b"\033[?2004")}
        ends = {mode: self.sent[at + len(mode):at + len(mode) + 1] for mode, at in last.items()}
        return self.mode == self.before and ends == {
            b"\033[?1049": b"l", b"\033[?25": b"h", b"\033[?7": b"h",
            b"\033[?2004": b"l"}
