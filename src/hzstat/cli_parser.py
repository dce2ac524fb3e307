"""One manner for all commands: how --help looks, what an error says, and -q and -v.

The text of --help is our own and not argparse's, whose layout differs from one Python to the next:
it is kept in hzstat/help, from where it comes without argparse (see cli.main), and man pages and
completions are made of the same parsers (docs/share.py).
"""
from __future__ import annotations

import argparse

from .cli import (
    BROKEN_PIPE,
    FAILED,
    HELP,
    HUNG_UP,
    INTERRUPTED,
    MISUSED,
    TALK,
    TERMINATED,
    complain,
    speak,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, NoReturn

    Section = tuple[str | None, list[argparse.Action]]

WIDTH, LEFT = 80, 22            # columns of a help text, and those of what stands left in it
SCREEN = 44                     # its lines, at most
NONE: dict[Any, str] = {}
STATUSES = {                    # how a command ends; one that ends otherwise, too, says so itself
    0: "It did what was asked.",
    FAILED: "It failed; a line on stderr says why, and what to do.",
    MISUSED: "The command line asks for what can't be done; a line on stderr says what can.",
    HUNG_UP: "Its terminal has gone (SIGHUP).",
    INTERRUPTED: "Ctrl-C (SIGINT) ended it.",
    BROKEN_PIPE: "Whoever read its output has gone.",
    TERMINATED: "SIGTERM ended it.",
}
UNTITLED = ("positional arguments", "options")      # the groups that argparse makes itself


class Parser(argparse.ArgumentParser):
    """A command's arguments.

    `examples`: (command line, what it does), shown last. `commands`: names and words of commands
    with parsers of their own. `statuses`: exit statuses beside STATUSES, or "" for one that it
    never has. `talks`: the command has -q and -v, and says what it says by note() and explain() of
    cli.
    """

    def __init__(self, *, examples: Sequence[tuple[str, str]] = (), talks: bool = False,
                 commands: Mapping[str, str] = NONE, statuses: Mapping[Any, str] = NONE,
                 **options: Any) -> None:
        # argparse makes a formatter for each argument; one without a width imports shutil.
        super().__init__(**{"allow_abbrev": False, "add_help": False, "formatter_class":
                            lambda prog: argparse.HelpFormatter(prog, width=WIDTH), **options})
        self.examples = examples
        self.commands = commands
        self.statuses = statuses
        self.add_argument(*HELP, action="help", help="show this, and exit")
        if talks:
            for spellings, talk, words in TALK:
                self.add_argument(*spellings, action="store_const", const=talk, dest="talk",
                                  help=words)

    def parse_known_args(self, *arguments: Any, **options: Any) -> tuple[Any, list[str]]:
        found, others = super().parse_known_args(*arguments, **options)
        if getattr(found, "talk", None) is not None:
            speak(found.talk)
        return found, others

    def error(self, message: str) -> NoReturn:
        complain(f"{message.removeprefix('argument ')}; see {self.prog} --help")
        raise SystemExit(MISUSED)

    def format_usage(self) -> str:
        return f"usage: {self.synopsis()}\n"

    def synopsis(self) -> str:
        """The command line in short: its name, that it has options (after a kind, where it has
        kinds), and what else it takes."""
        words = ""
        for action in reversed(self._actions):
            if not action.option_strings:
                words = operand(action, words)
        options = "" if self._subparsers else "[options] "
        return f"{self.prog} {options}{words}".rstrip()

    def sections(self) -> Iterator[Section]:
        """(title, arguments) of each group that has any; the first has no title."""
        first: list[argparse.Action] = []
        titled: list[Section] = []
        for group in self._action_groups:
            shown = [action for action in group._group_actions
                     if action.help is not argparse.SUPPRESS]
            if group.title in UNTITLED:
                first += shown
            elif shown:
                titled.append((group.title, shown))
        # What is asked for last comes last: -h, -q, -v were added before all others.
        last = [action for action in first if action.dest in ("help", "talk")]
        yield None, [*(action for action in first if action not in last), *last]
        yield from titled

    def format_help(self) -> str:
        """Fits a screen: of the last groups only the names are told, if it takes that."""
        sections = list(self.sections())
        for told in range(len(sections), 0, -1):
            lines = [*self.head(), *(line for number, section in enumerate(sections)
                                     for line in (self.told if number < told else self.named)(
                                         *section)), *self.foot()]
            if len(lines) <= SCREEN:
                break
        return "\n".join(lines) + "\n"

    def head(self) -> list[str]:
        return [*self.format_usage().splitlines(), "", *wrapped(self.description or "")]

    def told(self, title: str | None, actions: list[argparse.Action]) -> Iterator[str]:
        """A group, each argument with its meaning."""
        yield from ("", *([f"{title}:"] if title else []))
        for action in actions:
            yield from row(names(action), meaning(self, action))
            for kind, words in kinds(action):
                yield from row(f"  {kind}", words)

    def named(self, title: str | None, actions: list[argparse.Action]) -> Iterator[str]:
        """A group, the names of its arguments alone, as short as they are."""
        page = self.prog.replace(" ", "-")
        yield from ("", *wrapped(f"{title} (man {page}): " + " ".join(
            min(action.option_strings, key=len) for action in actions)))

    def foot(self) -> list[str]:
        width = max((len(command) for command, _ in self.examples), default=0)
        return [*(["", f"commands ({self.prog} COMMAND --help tells more):"] if self.commands
                  else []),
                *(line for command in self.commands.items() for line in row(*command)),
                *(["", *wrapped(self.epilog)] if self.epilog else []),
                *(["", "examples:"] if self.examples else []),
                *(f"  {command.ljust(width)}  {words}" for command, words in self.examples)]


def wrapped(text: str, width: int = WIDTH - 1) -> list[str]:
    import textwrap
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def row(left: str, right: str) -> Iterator[str]:
    """What stands left, and beside it, or below where that is too long, what it means."""
    first, *others = wrapped(right, WIDTH - 1 - LEFT) or [""]
    if len(left) > LEFT - 4:
        yield f"  {left}"
        left = ""
    yield (f"  {left}".ljust(LEFT) + first).rstrip()
    yield from (" " * LEFT + line for line in others)


def value(action: argparse.Action) -> str:
    """How the value of an option is written, or the name of an operand; "" for a flag."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None and not isinstance(action, argparse._SubParsersAction):
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def operand(action: argparse.Action, following: str = "") -> str:
    """An operand in the synopsis and those that follow it, in brackets where they may be left
    out."""
    name = value(action)
    repeated = {"*": f"[{name} ...]", "+": f"{name} ...", argparse.PARSER: f"{name} [options] ...",
                argparse.REMAINDER: f"[{name} ...]"}
    text = f"{repeated.get(str(action.nargs), name)} {following}".rstrip()
    return f"[{text}]" if action.nargs == "?" else text


def names(action: argparse.Action) -> str:
    """An option's names and value: `-r, --rate HZ`; an operand's name."""
    word = value(action)
    if action.option_strings and word:
        word = f" [{word}]" if action.nargs == "?" else f" {word}"
    return ", ".join(sorted(action.option_strings, key=len)) + word


def meaning(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """An argument's help."""
    return (action.help or "") % {**vars(action), "prog": parser.prog}


def kinds(action: argparse.Action) -> list[tuple[str, str]]:
    """(name, help) of each subcommand, where the argument chooses one."""
    if not isinstance(action, argparse._SubParsersAction):
        return []
    return [(one.dest, one.help or "") for one in action._choices_actions]
