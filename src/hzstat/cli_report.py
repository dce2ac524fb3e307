"""`hzstat report DIR`: what a recording says, in numbers and curves."""
from __future__ import annotations

import json
import sys

from .cli import FAILED, complain, end_cleanly, in_words, misuse
from .cli_options import a_time_from
from .cli_parser import Parser
from .cli_recording import add_recording, joined, opened
from .errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from .recordings.recording import Recording

FORMAT = 1                      # of --json


def parser() -> Parser:
    parser = Parser(
        prog="hzstat report", talks=True,
        description="Sums up a recording: how long, how well, how it ended; of each number its "
                    "mean, median, 99th percentile and highest, a curve of its peaks, and the "
                    "worst moments with their times.",
        examples=(("hzstat report run", "all of it"),
                  ("hzstat report run --from -10s --by 1s", "the last 10 s, second by second"),
                  ("hzstat report run --plot run.png", "as a picture, too")))
    add_recording(parser)
    add = parser.add_argument
    add("--by", metavar="TIME", type=a_time_from("10us"),
        help="windows of this length: 10ms, 1s (default: each sample; of shares of time the "
             "shortest in which they can be told, 50 ms)")
    add("--full", action="store_true",
        help="each CPU, and each interface and disk that did anything; all of memory")
    add("--plot", metavar="FILE", help="draw the timelines into a .png, .svg or .pdf")
    add("--force", action="store_true", help="replace a FILE that is there")
    add("--json", action="store_true", help="print JSON instead of the text")
    return parser


def run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(joined(argv))
    if arguments.force and arguments.plot is None:
        return misuse("--force is of no use without --plot")
    recording = opened(options, arguments)
    status = 0
    if arguments.plot is None:
        from .recordings.summary import summary
        found = summary(recording, arguments.by, arguments.full)
    else:
        found, status = drawn(recording, arguments)
    if arguments.json:
        json.dump({"format": FORMAT, **found}, sys.stdout, indent=1)
        print()
        return status
    from .formats import report, spark
    for line in report.lines(found, recording.when, spark.characters(sys.stdout.encoding)):
        print(line)
    return status


def drawn(recording: Recording, arguments: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """The summary, and the picture of the same numbers; the exit status of that, since what can't
    be drawn is told none the less."""
    from .recordings import output, plot
    from .recordings.pixels import Pixels
    from .recordings.summary import summary
    plot.check(arguments.plot)
    output.check(arguments.plot, arguments.force)
    end_cleanly()
    pixels = Pixels(recording)
    found = summary(recording, arguments.by, arguments.full, pixels.take)
    try:
        output.write_picture(plot.figure_of(recording, pixels), arguments.plot, arguments.force)
    except HzstatError as failure:
        complain(in_words(failure))
        return found, FAILED
    return found, 0
