"""`hzstat replay DIR [delay [count]]`: the rows that a live run would have shown."""
from __future__ import annotations

import argparse

from .cli import end_cleanly, misuse, note
from .cli_columns import add_columns, chosen, panels, parsed, unused
from .cli_options import a_count, a_delay, number_between
from .cli_output import Output, unused_output
from .cli_parser import Parser
from .cli_recording import add_recording, joined, opened
from .cli_show import add_show, show
from .cpu_source import AUTO, CGROUP_2, NAMES, SOURCES, STAT
from .errors import RecordingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cpu_source import CpuSource
    from .groups.group import Group
    from .recordings.recording import Recording


def parser() -> Parser:
    parser = Parser(
        prog="hzstat replay", talks=True,
        description="Prints the rows of a recording that hzstat would have printed while it was "
                    "made: with the same options, and the same numbers.",
        examples=(("hzstat replay run", "a row a second, all at once"),
                  ("hzstat replay --speed 1 -cd run 0.1", "as it was to be seen then"),
                  ("hzstat replay run --from 14:05 -o run.csv", "rows of its end, as CSV")))
    add_recording(parser)
    add = parser.add_argument
    add("delay", nargs="?", type=a_delay, default=1.0, help="seconds a row (default 1)")
    add("count", nargs="?", type=a_count, help="how many rows (default: all)")
    add("--speed", metavar="N", type=a_speed,
        help="1: as fast as it was (default: at once)")
    more = add_columns(parser)
    more.add_argument("--cpu-source", choices=NAMES, default=STAT,
                      help="what max is read from, where that was recorded (see hzstat --help)")
    add_show(parser, more)
    return parser


def a_speed(text: str) -> float:
    return number_between(text, 1e-3, 1e6, "times the speed")


def run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = parsed(options, joined(argv))
    if arguments.list:
        from .formats.listing import listing
        from .groups import GROUPS
        print("\n".join(listing(GROUPS.values())))
        return 0
    recording = opened(options, arguments)
    groups = shown(arguments, recording)
    for wrong in (*unused(arguments, groups), *unused_output(arguments),
                  *too_few(recording, groups, arguments.delay)):
        return misuse(wrong)
    from .recordings.replay import Replay, known, tree
    try:
        fine = fine_source(arguments.cpu_source, recording)
        replay = Replay(recording, arguments.delay, fine)
        columns = panels(arguments, groups, lambda choice: known(recording, choice),
                         tree(recording))
    except ValueError as failure:
        return misuse(str(failure))
    if replay.too_short():
        raise RecordingError(f"{recording.path} is too short for a row of {arguments.delay:g} s: "
                             "give a shorter delay")
    end_cleanly()
    with Output(arguments, columns) as output:
        show(replay.rows(arguments.count, arguments.speed), columns, arguments, output)
    return 0


def shown(arguments: argparse.Namespace, recording: Recording) -> list[Group]:
    """The groups that were asked for; where none were, the usual ones that were recorded."""
    groups = chosen(arguments)
    there = [group for group in groups if set(group.sources) <= set(recording)]
    if not arguments.groups and there:
        return there
    for group in groups:
        missing = ", ".join(source for source in group.sources if source not in recording)
        if missing:
            note(f"--{group.name} lacks what this recording hasn't got: {missing}")
    return groups


def too_few(recording: Recording, groups: Sequence[Group], delay: float) -> list[str]:
    """What is said of sources that have less than one sample in a row."""
    return [f"{source} was recorded each {recording.period_ns(source) / 1e9:g} s: give a delay of "
            "that or more"
            for group in groups if group.over_time for source in group.sources
            if source in recording and recording.period_ns(source) > delay * 1e9 * (1 + 1e-9)]


def fine_source(name: str, recording: Recording) -> CpuSource | None:
    """The CPU source of that name in the recording, None for stat; ValueError where there is none.
    """
    there = [one for one in (*SOURCES, CGROUP_2) if one.source in recording]
    if name == STAT or (name == AUTO and not there):
        return None
    for one in there:
        if name in (AUTO, one.name):
            return one
    raise ValueError(f"--cpu-source {name} isn't in this recording: there are "
                     f"{', '.join([STAT, *(one.name for one in there)])}")
