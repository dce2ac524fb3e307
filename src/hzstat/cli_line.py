"""`hzstat line`: its arguments, read without argparse, which costs as much as all the rest."""
from __future__ import annotations

import os
import sys

from . import status
from .cli import HELP, MISUSED, TALK, complain, explain, note, speak
from .errors import HzstatError
from .formats import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cli_parser import Parser

# (how it is spelt, its value, what it does): a value in brackets may be left out, None has none.
# A call reads its options by this table; a parser for --help, man and completion is made of it.
OPTIONS = (
    (("-N", "--net"), "NAME", "the interface to show (default: all but lo together)"),
    (("--format",), "TEMPLATE", "in Python's format language; the fields are "
     f"{', '.join(line.FIELDS)} (default: {line.TEMPLATE})"),
    (("--bar",), None, "show the CPU as a bar of ten cells, too"),
    (("--interval",), "S", "the window of the first call, and the least of a later one "
                           "(default 0.1)"),
    (("--follow",), "[S]", "print a line each S seconds (default 1), sampled by worker processes"),
    (("--root",), "DIR", "another tree in place of /proc"),
)
DEFAULT_INTERVAL, LONGEST_INTERVAL = 0.1, 60.0
FOLLOW_RATE_HZ = 100.0
EXAMPLES = (
    ("hzstat line", "once: call it every few seconds"),
    ("hzstat line -N eth0 --bar", "one interface, and a bar"),
    ("hzstat line --format '{cpu:.0%} {load1}'", "what you want of it"),
    ("hzstat line --follow 2", "a line each 2 s, until Ctrl-C"),
)


def parser() -> Parser:
    """The same options as argparse has them."""
    from .cli_parser import Parser
    made = Parser(prog="hzstat line", talks=True, examples=EXAMPLES,
                  description="Prints one line for a status bar, about the time since the last "
                              "call.")
    for spellings, value, words in OPTIONS:
        taken = {"action": "store_true"} if value is None else {
            "metavar": value.strip("[]"), "nargs": "?" if value[0] == "[" else None}
        made.add_argument(*spellings, help=words.replace("%", "%%"), **taken)
    return made


def parse(argv: list[str]) -> dict[str, str]:
    """The options given, by their long names; HzstatError for what isn't one."""
    known = {spelling: (spellings[-1].strip("-"), value) for spellings, value, _ in
             (*OPTIONS, *((spellings, None, words) for spellings, _, words in TALK),
              (HELP[::-1], None, "")) for spelling in spellings}
    found: dict[str, str] = {}
    words = list(argv)
    while words:
        word = words.pop(0)
        option, equals, given = word.partition("=")
        if option not in known and word[1:2] != "-":        # -Neth0
            option, equals, given = word[:2], "=", word[2:].removeprefix("=")
        if option not in known or (equals and known[option][1] is None):
            raise HzstatError(f"no option {word!r}; see hzstat line --help")
        name, value = known[option]
        if value is None:
            given = "yes"
        elif not equals and value[0] == "[":
            given = words.pop(0) if words and words[0][:1] not in ("-", "") else ""
        elif not equals:
            if not words:
                raise HzstatError(f"{option} takes a value; see hzstat line --help")
            given = words.pop(0)
        found[name] = given
    return found


def seconds(text: str, option: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise HzstatError(f"{option} {text!r}: give a number of seconds from {least:g} to {most:g}")
    return number


def run(argv: list[str]) -> int:
    try:
        options = parse(argv)
        if "help" in options:
            parser().print_help()
            return 0
        for spellings, talk, _ in TALK:
            if spellings[-1].strip("-") in options:
                speak(talk)
        template = options.get("format") or (line.BAR_TEMPLATE if "bar" in options
                                             else line.TEMPLATE)
        line.check(template)
        interval = seconds(options.get("interval", str(DEFAULT_INTERVAL)), "--interval", 0.001,
                           LONGEST_INTERVAL)
        every = seconds(options.get("follow") or "1", "--follow", 0.05, 1000.0)
        interface = os.fsencode(options["net"]) if "net" in options else None
        root = options.get("root", "/proc")
        if "follow" in options:
            return follow(template, interface, every, root)
        sys.stdout.write(status.once(template, interface, interval, note, root, explain) + "\n")
    except HzstatError as failure:
        complain(str(failure))
        return MISUSED
    return 0


def follow(template: str, interface: bytes | None, every: float, root: str) -> int:
    """Print the line again and again, from worker processes that sample all the time."""
    from .cli_sampling import sampling
    if interface is not None:
        status.check_interface(interface, status.take(root, lambda text: None))
    sources = dict.fromkeys(("stat", "meminfo", "net/dev", "loadavg"), FOLLOW_RATE_HZ)
    with sampling(sources, every, root, jobs=1) as sampler:
        from .groups.net import NET
        from .groups.system import LOADS
        from .moments import over
        from .watch import Watch
        for at in Watch(sampler, every).rows(None):
            shown = line.fields(over(at.cpu(-1)), over(NET.measure(at, interface)), at.meminfo(),
                                over(LOADS.measure(at, None)))
            print(line.render(template, shown), flush=True)
    return 0
