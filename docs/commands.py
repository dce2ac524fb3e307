"""The commands and their parsers, as a tree: what man pages and completions are made of."""
from __future__ import annotations

from argparse import Action, _SubParsersAction

from hzstat import cli
from hzstat.cli_parser import Parser


def kinds(parser: Parser) -> dict[str, Parser]:
    """The parsers of a command's kinds (`hzstat bench KIND`), where it has some."""
    return {name: kind for action in parser._actions if isinstance(action, _SubParsersAction)
            for name, kind in action.choices.items()}


def arguments(parser: Parser) -> list[Action]:
    """All arguments in the order in which they are told."""
    return [action for _, actions in parser.sections() for action in actions]


PARSERS = {name: cli.module(name).parser() for name in (cli.ROWS, *cli.COMMANDS)}
