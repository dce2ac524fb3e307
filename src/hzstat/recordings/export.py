"""A recording → files for other programs: which formats there are, and what goes where."""
from __future__ import annotations

import os
from contextlib import ExitStack
from importlib import import_module

from hzstat.units import printable

from . import output
from .folder import ARRAY, file_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, BinaryIO

    from .recording import Recording
    from .tidy import Step, Tidy

    Writer = Callable[[BinaryIO, Sequence[Tidy], Mapping[str, Any], Step], None]


class Format:
    """How a format is written: the module and its function; does a file hold all sources?; and is
    it text, for a pipe?"""

    __slots__ = ("function", "many", "module", "text")

    def __init__(self, module: str, function: str, *, many: bool, text: bool) -> None:
        self.module = module
        self.function = function
        self.many = many
        self.text = text


FORMATS = {
    "csv": Format("text", "write_csv", many=False, text=True),
    "jsonl": Format("text", "write_jsonl", many=True, text=True),
    "parquet": Format("parquet", "write", many=False, text=False),
    "root": Format("root", "write", many=True, text=False),
}


def format_of(path: str) -> str:
    """The format that a file's name asks for; ValueError for another one."""
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    if ending not in FORMATS:
        raise ValueError(f"{path}: name a file that ends with .{', .'.join(FORMATS)}, or say the "
                         "format")
    return ending


def files(path: str, format: str, sources: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Which files there will be, and of which sources each: `path` alone, or, of a format that
    holds one source, run.stat.csv, run.net__dev.csv, …"""
    if FORMATS[format].many or len(sources) == 1:
        return {path: sources}
    from .tidy import unlike
    front, ending = os.path.splitext(path)
    found: dict[str, tuple[str, ...]] = {}
    stems = set[str]()
    for source in sources:      # in a recording that others made they may have any names
        stem = unlike(printable(file_name(source).removesuffix(ARRAY)), stems)
        stems.add(stem)
        found[f"{front}.{stem}{ending}"] = (source,)
    return found


def export(recording: Recording, path: str, format: str, *, force: bool = False,
           step: Step = lambda source, count: None) -> tuple[str, ...]:
    """Write all sources of `recording`; the names of the files. `step` is told before each chunk
    whose it is, and of how many records.

    The files are there whole at the end, or none of them. RecordingError where one is there and
    not to be replaced (`force`), or the format needs what isn't installed.
    """
    write = writer(format)
    wanted = files(path, format, recording.sources)
    for name in wanted:
        output.check(name, force)
    with ExitStack() as opened:
        for name, sources in wanted.items():
            file = opened.enter_context(output.whole_file(name, force))
            write(file, tables(recording, sources), recording.meta, step)
            if not file.closed:         # as uproot leaves it
                file.flush()    # or there may be no room for its end when others have their names
    return tuple(wanted)


def write_to(file: BinaryIO, recording: Recording, format: str,
             step: Step = lambda source, count: None) -> None:
    """The same into an open file: one source, or a format that holds many."""
    writer(format)(file, tables(recording, recording.sources), recording.meta, step)


def writer(format: str) -> Writer:
    """The function that writes it; RecordingError where what it needs isn't installed."""
    known = FORMATS[format]
    write: Writer = getattr(import_module(f"{__package__}.{known.module}"), known.function)
    return write


def tables(recording: Recording, sources: tuple[str, ...]) -> list[Tidy]:
    from .tidy import Tidy
    return [Tidy(source, recording[source], recording.description(source)) for source in sources]
