"""`hzstat sources`: what this host offers to be sampled."""
from __future__ import annotations

import json
import sys

from .cli import message_in_place
from .cli_options import some_seconds
from .cli_parser import Parser

FORMAT = 1                      # of --json
WATCH_SECONDS = 2.0
EXAMPLES = (
    ("hzstat sources", "what is here, and how finely it moves"),
    ("hzstat sources --json > report.json", "for a bug report"),
)


def parser() -> Parser:
    parser = Parser(
        prog="hzstat sources", examples=EXAMPLES,
        description="Reads every source for a moment, and tells what each costs, how often it "
                    "really changes, by how little, and up to which rate sampling it makes sense: "
                    "where nothing more would be seen, or reading would take half a CPU. First "
                    "comes what a bug report needs: the host, its clocks, our rights and limits, "
                    "the container, and what to do about what isn't as it should be.")
    add = parser.add_argument
    add("--seconds", type=some_seconds, default=WATCH_SECONDS, metavar="S",
        help=f"how long to watch (default {WATCH_SECONDS:g})")
    add("--root", metavar="DIR", help="another tree in place of /proc and of the cgroups")
    add("--json", action="store_true", help="print JSON instead of the table")
    return parser


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    from .host import Host
    from .survey import survey

    def progress(share: float) -> None:
        message_in_place("" if share >= 1 else f"watching all sources: {100 * share:.0f} %")
    host = Host()
    findings = survey(arguments.root, arguments.seconds, progress)
    if arguments.json:
        json.dump({"format": FORMAT, "host": host.as_dict(), "advice": list(host.advice()),
                   "root": arguments.root, "seconds": arguments.seconds,
                   "sources": [one.as_dict() for one in findings]}, sys.stdout, indent=1)
        print()
        return 0
    from .formats import survey as formats
    print(*formats.host(host), "", *formats.table(findings), sep="\n")
    return 0
