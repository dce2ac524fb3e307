"""Which columns rows have: the options, and what they come to."""
from __future__ import annotations

import argparse

from .dstat import LETTERS, nearest
from .groups import ALL, DEFAULT, GROUPS
from .groups.panel import Look, Panel
from .units import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .groups.group import Choice, Group

    # The keys that there are, of a Choice: as they are in rows (int or bytes), by their names.
    Known = Callable[[Choice], dict[str, Any]]

NO_BURSTS = "none"
TOTAL, EACH = "total", "all"         # beside names of CPUs, disks and interfaces
COMMON = ("cpu", "memory", "net", "load", "disk")       # whose options are told first


def some_bursts(text: str) -> list[str]:
    """`max`, `min` and percentiles, as `p99`; `none` for none."""
    if text == NO_BURSTS:
        return []
    found = list(dict.fromkeys(text.split(",")))
    for one in found:
        try:
            known = one in ("max", "min") or (one[:1] == "p" and 0 < float(one[1:]) <= 100)
        except ValueError:
            known = False
        if not known or one != one.strip():
            raise argparse.ArgumentTypeError(f"{one!r}: give max, min, or a percentile such as "
                                             f"p99, with commas between them; or {NO_BURSTS}")
    return found


class Elsewhere(argparse.Action):
    """A letter that dstat has and hzstat hasn't: told what is nearest."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        parser.error(f"{self.option_strings[0]} is dstat's: {nearest(self.option_strings[0])}")


def parsed(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """The arguments; of dstat's long options it is told what is nearest here."""
    arguments, others = parser.parse_known_args(argv)
    if others:      # words behind options that follow words, as in 1 -c 5
        arguments, others = parser.parse_known_intermixed_args(argv)
    for word in others:
        if advice := nearest(word):
            parser.error(f"{word} is dstat's: {advice}")
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    return arguments


def add_columns(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The options that choose columns; the group of those that are told last."""
    add = parser.add_argument
    more = parser.add_argument_group("more columns, and how rows look")
    for name, group in GROUPS.items():
        (add if name in COMMON else more.add_argument)(
            *group.options, dest="groups", action="append_const", const=name, help=group.help)
        for alias in group.aliases:
            add(f"--{alias}", dest="groups", action="append_const", const=name,
                help=argparse.SUPPRESS)
    add("-a", "--all", dest="groups", action="append_const", const="all",
        help="as -" + "".join(GROUPS[name].letter for name in ALL))
    add("--list", action="store_true", help="tell all columns, with their units and formulas")
    for letter in LETTERS:
        parser.add_argument(letter, nargs="?", action=Elsewhere, help=argparse.SUPPRESS)
    add = more.add_argument
    for group in GROUPS.values():
        if choice := group.choice:
            add(f"-{choice.letter}", metavar=choice.metavar, dest=group.name,
                help=f"which {choice.what}s, or all (default total)")
    add("-f", "--full", action="store_true", help="every CPU, disk and interface")
    add("--burst", metavar="max,p99", type=some_bursts,
        help="which extremes inside a row each group shows: max, min, percentiles, none "
             "(default: max of CPU, disk and network)")
    add("--bits", action="store_true", help="network in bits a second (1000-based)")
    add("--float", action="store_true", help="as many digits as the columns hold")
    return more


def chosen(arguments: argparse.Namespace) -> list[Group]:
    """The groups to show, in the order in which they were given."""
    names: list[str] = []
    for name in arguments.groups or DEFAULT:
        names += ALL if name == "all" else (name,)
    return [GROUPS[name] for name in dict.fromkeys(names)]


def unused(arguments: argparse.Namespace, shown: Sequence[Group]) -> Iterator[str]:
    """What was asked for of a group that isn't shown."""
    for group in GROUPS.values():
        if group.choice and group not in shown and getattr(arguments, group.name):
            yield f"-{group.choice.letter} is of no use without -{group.letter}"
    if arguments.bits and not any(column.bits is not column.quantity for group in shown
                                  for column in group.columns):
        yield "--bits is of no use without -n"
    if arguments.full and not any(group.choice for group in shown):
        yield "--full is of no use without -c, -d or -n"


def panels(arguments: argparse.Namespace, shown: Sequence[Group], known: Known,
           root: str | None) -> list[Panel]:
    """Each group of columns, once for each CPU, disk or interface that was asked for.

    ValueError where one isn't there.
    """
    look = Look(arguments.delay, arguments.burst, arguments.bits, arguments.float)
    found = []
    for group in shown:
        keys: Sequence[Any] = [None]
        if group.choice and (arguments.full or getattr(arguments, group.name) is not None):
            keys = keys_of(group.choice, getattr(arguments, group.name), known(group.choice), root)
        found += [Panel(group, key, look) for key in keys]
    return found


def keys_of(choice: Choice, text: str | None, known: dict[str, Any],
            root: str | None) -> list[Any]:
    """The keys asked for by a list of names (None: by --full), None for the total."""
    if not known:
        return [None]           # the source is missing; the sampler will say so
    every = [known[name] for name in choice.single(list(known), root)]
    if text is None:
        return every
    found: list[Any] = []
    for name in text.split(","):
        if name == EACH:
            found += every
        elif name == TOTAL:
            found.append(None)
        elif name in known:
            found.append(known[name])
        else:
            raise ValueError(f"no {choice.what} {name!r}: there are {listed(list(known))} "
                             f"and {TOTAL}")
    return list(dict.fromkeys(found))
