"""`hzstat export DIR -o FILE`: a recording for other programs."""
from __future__ import annotations

import sys

from .cli import QUIET, end_cleanly, explain, misuse, note
from .cli_parser import Parser
from .cli_recording import add_recording, joined, opened
from .recordings.export import FORMATS, export, format_of, write_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from .recordings.recording import Recording

STDOUT = "-"
MOST_NAMES = 4


def parser() -> Parser:
    parser = Parser(
        prog="hzstat export", talks=True,
        description="Writes a recording as a flat table for other programs: a line for each row of "
                    "each record, a column for each field. CSV and Parquet hold one source: of "
                    "several there is a file each (run.stat.csv, run.meminfo.csv). JSON lines and "
                    "ROOT hold all in one file.",
        examples=(("hzstat export run -o run.parquet", "for pandas and others"),
                  ("hzstat export run -o run.root", "a TTree for each source"),
                  ("hzstat export run --source stat -o - --format csv", "to a pipe")))
    add_recording(parser)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", required=True,
        help=f"ends with .{', .'.join(FORMATS)}; - for standard output (csv, jsonl)")
    add("--format", choices=tuple(FORMATS), help="where the name doesn't say it")
    add("--force", action="store_true", help="replace files that are there")
    return parser


def run(argv: list[str]) -> int:
    options = parser()
    arguments = options.parse_args(joined(argv))
    path = arguments.output
    if path == STDOUT and not (arguments.format and FORMATS[arguments.format].text):
        return misuse("-o - takes text: say --format csv or --format jsonl")
    if path == STDOUT and arguments.force:
        return misuse("--force is of no use without -o FILE")
    try:
        form = arguments.format or format_of(path)
    except ValueError as failure:
        return misuse(str(failure))
    end_cleanly()
    recording = opened(options, arguments)
    if path == STDOUT and not FORMATS[form].many and len(recording.sources) > 1:
        return misuse(f"{form} holds one source: say --source with one of "
                      f"{', '.join(recording.sources)}")
    write(recording, path, form, arguments)
    return 0


def write(recording: Recording, path: str, form: str, arguments: argparse.Namespace) -> None:
    """Write it, and tell what was written; with a bar in a terminal."""
    if path == STDOUT:
        write_to(sys.stdout.buffer, recording, form)
    elif sys.stderr and sys.stderr.isatty() and arguments.talk != QUIET:
        from .bench.progress import Progress
        with Progress("export", sum(len(recording[name]) for name in recording) or 1) as progress:
            tell(export(recording, path, form, force=arguments.force, step=progress.step))
    else:
        tell(export(recording, path, form, force=arguments.force))


def tell(files: tuple[str, ...]) -> None:
    """What was written, where that isn't just what was asked for."""
    names = ", ".join(files) if len(files) <= MOST_NAMES else \
        f"{files[0]} to {files[-1]}, {len(files)} files"
    (note if len(files) > 1 else explain)(f"wrote {names}")
