"""A parser as a man page."""
from __future__ import annotations

from collections.abc import Iterator

from commands import kinds

from hzstat import __version__, cli
from hzstat.cli_parser import STATUSES, Parser, meaning, names


def page(command: str, words: str, parser: Parser, others: dict[str, str]) -> str:
    """The page of a command. `words` says what it does in a line; `others` are those of the other
    pages, by name."""
    name = parser.prog.replace(" ", "-")
    lines = [f'.TH {name.upper()} 1 "" "hzstat {__version__}" "User Commands"',
             ".\\\" Made from the command line's own parser by `make docs`.",
             ".nh", ".ad l", ".SH NAME", f"{plain(name)} \\- {plain(words)}",
             ".SH SYNOPSIS", *synopsis(parser),
             ".SH DESCRIPTION", plain(parser.description or "")]
    for title, actions in parser.sections():
        lines += [f".SH {(title or 'options').upper()}"]
        for action in actions:
            lines += tagged(bold(names(action)), meaning(parser, action) or
                            ", ".join(kinds(parser)))
    for kind in kinds(parser).values():
        lines += section_of(kind)
    if command == cli.ROWS:
        lines += [".SH COMMANDS"]
        for other, says in others.items():
            lines += tagged(f"\\fB{plain(other)}\\fR(1)", says)
    if parser.epilog:
        lines += [".SH NOTES", plain(parser.epilog)]
    if parser.examples:
        lines += [".SH EXAMPLES"]
        for example, says in parser.examples:
            lines += tagged(bold(example), says)
    lines += [".SH EXIT STATUS"]
    for status, says in {**STATUSES, **parser.statuses}.items():
        lines += tagged(bold(str(status)), says) if says else []
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{plain(other)}\\fR(1)" for other in sorted(
        {"hzstat", *others} - {name})) + ", \\fBproc\\fR(5)"]
    return "\n".join(lines) + "\n"


def section_of(kind: Parser) -> Iterator[str]:
    """A kind of a command, in the command's page."""
    yield f".SH {plain(kind.prog).upper()}"
    yield from synopsis(kind)
    yield from (".PP", plain(kind.description or ""))
    for _, actions in kind.sections():
        for action in actions:
            if action.dest != "help":
                yield from tagged(bold(names(action)), meaning(kind, action))


def synopsis(parser: Parser) -> list[str]:
    rest = parser.synopsis().removeprefix(parser.prog)
    return [f"{bold(parser.prog)}{plain(rest)}"]


def tagged(tag: str, text: str) -> list[str]:
    return [".TP", tag, plain(text)]


def bold(text: str) -> str:
    return f"\\fB{plain(text)}\\fR"


def plain(text: str) -> str:
    """Text that roff leaves as it is: a `-` that can be copied, no line that is a command."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace(
        "`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti").replace("…", "...")
    return f"\\&{text}" if text[:1] == "." else text
