"""What can go wrong, each with what to do about it."""


class HzstatError(Exception):
    """The common root of hzstat's own errors."""


class SourceUnavailable(HzstatError):
    """A /proc file can't be read: absent, masked (empty), or forbidden. Has .path, .reason, and
    .errno (0 where it is empty)."""

    def __init__(self, path: str, reason: str, errno: int = 0) -> None:
        super().__init__(path, reason, errno)
        self.path = path
        self.reason = reason
        self.errno = errno

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class ProcessGone(SourceUnavailable):
    """The process that a reader was made for is no more, whoever has its pid now. Has .pid and
    .starttime (ticks after boot; None where it was gone before that could be read)."""

    def __init__(self, path: str, pid: int, starttime: int | None,
                 reason: str = "this process is gone") -> None:
        super().__init__(path, reason)
        self.args = path, pid, starttime, reason        # as pickle makes it again
        self.pid = pid
        self.starttime = starttime


class ParseError(HzstatError, ValueError):
    """A text isn't what the kernel prints. Has .path, .offset (of the byte) and .expected."""

    def __init__(self, path: str, offset: int, expected: str) -> None:
        super().__init__(path, offset, expected)
        self.path = path
        self.offset = offset
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected} at byte {self.offset}"


class NotPermitted(HzstatError):
    """This process may not do what was asked for; the message says what it would need."""


class NoSampler(HzstatError):
    """There is no sampler to attach to, or none that this hzstat can read."""


class RecordingError(HzstatError):
    """A recording can't be read, or can't be written; the message says why, and what to do."""


class AcquisitionFailed(HzstatError):
    """An acquisition can't be started or used so; the message says why."""


class WorkerDied(HzstatError):
    """A worker can't be started, or keeps dying. Has .sources, which it samples, and .reason."""

    def __init__(self, sources: tuple[str, ...], reason: str) -> None:
        super().__init__(sources, reason)
        self.sources = sources
        self.reason = reason

    def __str__(self) -> str:
        return f"the worker for {', '.join(self.sources)} {self.reason}"
