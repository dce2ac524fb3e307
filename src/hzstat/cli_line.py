"""`hzstat line`: its arguments, read without argparse, which costs as much as all the rest."""
from __future__ import annotations

import os
import sys

from . import status
from .cli import MISUSED, complain
from .errors import HzstatError
from .formats import line

HELP = f"""\
usage: hzstat line [-N NAME] [--format TEMPLATE | --bar] [--interval S] [--follow [S]]

Prints one line for a status bar, about the time since the last call.

  -N NAME            the interface to show (default: all but lo together)
  --format TEMPLATE  in Python's format language; the fields are {', '.join(line.FIELDS[:6])},
                     {', '.join(line.FIELDS[6:])}
                     (default: {line.TEMPLATE})
  --bar              show the CPU as a bar of ten cells, too
  --interval S       the window of the first call, and the least of a later one (default 0.1)
  --follow [S]       print a line each S seconds (default 1), sampled by worker processes
  --root DIR         another tree in place of /proc
"""
WITH_VALUE = {"-N": "net", "--net": "net", "--format": "format", "--interval": "interval",
              "--root": "root"}
DEFAULT_INTERVAL, LONGEST_INTERVAL = 0.1, 60.0
FOLLOW_RATE_HZ = 100.0


def parse(argv: list[str]) -> dict[str, str]:
    """The options given; HzstatError for what isn't one."""
    found: dict[str, str] = {}
    words = list(argv)
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        if word[:2] == "-N" and word not in ("-N",):
            found["net"] = word[2:].removeprefix("=")
        elif option in WITH_VALUE:
            if not equals and not words:
                raise HzstatError(f"{option} takes a value: see hzstat line --help")
            found[WITH_VALUE[option]] = value if equals else words.pop(0)
        elif option == "--follow":
            following = equals or (words and words[0][:1] not in ("-", ""))
            found["follow"] = value if equals else words.pop(0) if following else "1"
        elif word in ("--bar", "--help", "-h"):
            found[word.strip("-")] = "yes"
        else:
            raise HzstatError(f"no option {word!r}: see hzstat line --help")
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
        if "help" in options or "h" in options:
            sys.stdout.write(HELP)
            return 0
        template = options.get("format") or (line.BAR_TEMPLATE if "bar" in options
                                             else line.TEMPLATE)
        line.check(template)
        interval = seconds(options.get("interval", str(DEFAULT_INTERVAL)), "--interval", 0.001,
                           LONGEST_INTERVAL)
        every = seconds(options.get("follow", "1"), "--follow", 0.05, 1000.0)
        interface = os.fsencode(options["net"]) if "net" in options else None
        root = options.get("root", "/proc")
        if "follow" in options:
            return follow(template, interface, every, root)
        sys.stdout.write(status.once(template, interface, interval, complain, root) + "\n")
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
        from .watch import Watch
        for at in Watch(sampler, every).rows(None):
            shown = line.fields(at.cpu(-1), at.net(interface), at.meminfo(), at.load())
            print(line.render(template, shown), flush=True)
    return 0
