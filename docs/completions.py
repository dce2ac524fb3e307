"""Completion for bash, zsh and fish, from the command line's own parsers.

Of an option's value each knows what kind it is: by its choices, or by how it is called in --help.
"""
from __future__ import annotations

from argparse import PARSER, REMAINDER, Action
from collections.abc import Iterable, Iterator, Mapping

from commands import arguments, kinds

import hzstat
from hzstat.cli_parser import Parser, meaning, value
from hzstat.cli_parser import kinds as told_kinds

# What a value is, by its name. A list ends in the part that is being typed.
FILES, FOLDERS, PROGRAM = "files", "folders", "program"
INTERFACES, CPUS, DISKS = "interfaces", "cpus", "disks"
KINDS = {"FILE": FILES, "A.json": FILES, "B.json": FILES, "DIR": FOLDERS, "NAME": INTERFACES,
         "eth0,total": INTERFACES, "0,1,total": CPUS, "0,3,total": CPUS, "CPU": CPUS,
         "sda,total": DISKS, "-- COMMAND": PROGRAM}
NOTE = "Made from the command line's own parsers by `make docs`."

Paths = dict[tuple[str, ...], Parser]


def paths(parsers: Mapping[str, Parser]) -> Paths:
    """Every command by the words that name it: () for the rows, ("bench", "cpu")."""
    found: Paths = {}
    for name, parser in parsers.items():
        words = (name,) if " " in parser.prog else ()
        found[words] = parser
        found.update({(*words, kind): one for kind, one in kinds(parser).items()})
    return found


def following(words: tuple[str, ...], all_paths: Paths) -> dict[str, str]:
    """The words that may come next to name a command, with what they mean."""
    parser = all_paths[words]
    if not words:
        return dict(parser.commands)
    return dict(kind for action in parser._actions for kind in told_kinds(action))


def kind_of(action: Action) -> str:
    if action.nargs == REMAINDER:
        return PROGRAM
    return KINDS.get(value(action), "")


def options(parser: Parser) -> list[Action]:
    return [action for action in arguments(parser) if action.option_strings]


def operands(parser: Parser) -> list[Action]:
    return [action for action in arguments(parser)
            if not action.option_strings and action.nargs != PARSER]


def runs_program(parser: Parser) -> bool:
    """Whether what follows -- is a command of another program."""
    return any(kind_of(action) == PROGRAM for action in operands(parser))


def words_of(action: Action) -> list[str]:
    """The values that are allowed, or known."""
    if value(action).lower() == "source":
        return [name for name in hzstat.sources() if not name.startswith("PID/")]
    return [str(choice) for choice in action.choices or ()]


def brief(text: str) -> str:
    """What fits beside a completion: up to the first stop, semicolon or parenthesis."""
    for mark in ("; ", ". ", " ("):
        text = text.partition(mark)[0]
    return text.rstrip(".:")


# -- bash --------------------------------------------------------------------------------------

BASH = """\
# bash completion for hzstat. {note}

_hzstat() {{
    local command=hzstat word number cur=${{COMP_WORDS[COMP_CWORD]}}
    local previous=${{COMP_WORDS[COMP_CWORD-1]}}
    if [[ $cur == "=" ]]; then cur=
    elif [[ $previous == "=" ]]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    COMPREPLY=()
    for ((number = 1; number < COMP_CWORD; number++)); do
        word=${{COMP_WORDS[number]}}
        case "$command $word" in
            {commands}) command="$command $word" ;;
            *) break ;;
        esac
    done
    case $command in
        {programs}) for ((; number < COMP_CWORD; number++)); do
            [[ ${{COMP_WORDS[number]}} == -- ]] && {{ _hzstat_program $((number + 1)); return; }}
        done ;;
    esac
    case "$command $previous" in
{values}
    esac
    case $command in
{offers}
    esac
}}

_hzstat_words() {{ COMPREPLY=($(compgen -W "$1" -- "$cur")); }}
_hzstat_files() {{ compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); }}
_hzstat_folders() {{ compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); }}
_hzstat_program() {{           # what begins with this word, as if it stood alone
    if declare -F _command_offset >/dev/null; then _command_offset "$1"     # of bash-completion
    elif ((COMP_CWORD == $1)); then COMPREPLY=($(compgen -c -- "$cur"))
    else _hzstat_files
    fi
}}
_hzstat_list() {{              # one more of a list with commas
    local before=
    [[ $cur == *,* ]] && before=${{cur%,*}},
    COMPREPLY=($(compgen -P "$before" -W "$1" -- "${{cur##*,}}"))
}}
_hzstat_interfaces() {{ _hzstat_list "total $(ls /sys/class/net)"; }}
_hzstat_disks() {{ _hzstat_list "total $(ls /sys/block)"; }}
_hzstat_cpus() {{
    _hzstat_list "total $(cd /sys/devices/system/cpu && echo cpu[0-9]* | tr -d cpu)"
}}

complete -F _hzstat hzstat
"""


def bash(parsers: Mapping[str, Parser]) -> str:
    found = paths(parsers)
    values, offers = [], []
    for words, parser in found.items():
        command = " ".join(("hzstat", *words))
        for action in options(parser):
            offered = bash_offer(action)
            if action.nargs != 0:
                patterns = "|".join(f'"{command} {spelling}"' for spelling in
                                    action.option_strings)
                values.append(f"        {patterns}) {offered or ':'}; return ;;")
        flags = " ".join(spelling for action in options(parser)
                         for spelling in sorted(action.option_strings, key=len))
        names = " ".join([*following(words, found), *(word for action in operands(parser)
                                                      for word in words_of(action))])
        others = [f"_hzstat_{kind_of(action)}" for action in operands(parser)
                  if kind_of(action) not in ("", PROGRAM)]
        plain = others[0] if others else f'_hzstat_words "{names}"'
        offers.append(f'        "{command}") if [[ $cur == -* ]]; then _hzstat_words "{flags}"; '
                      f"else {plain}; fi ;;")
    return BASH.format(note=NOTE, commands=bash_patterns(filter(None, found)),
                       programs=bash_patterns(words for words, parser in found.items()
                                              if runs_program(parser)),
                       values="\n".join(values), offers="\n".join(offers))


def bash_patterns(paths: Iterable[tuple[str, ...]]) -> str:
    return "|".join(f'"{" ".join(("hzstat", *words))}"' for words in paths)


def bash_offer(action: Action) -> str:
    if words_of(action):
        return f'_hzstat_words "{" ".join(words_of(action))}"'
    return f"_hzstat_{kind_of(action)}" if kind_of(action) else ""


# -- zsh ---------------------------------------------------------------------------------------

ZSH_ACTIONS = {FILES: "_files", FOLDERS: "_files -/", INTERFACES: "_hzstat_interfaces",
               CPUS: "_hzstat_cpus", DISKS: "_hzstat_disks", "": " "}
ZSH = """\
#compdef hzstat
# zsh completion for hzstat. {note}

_hzstat_interfaces() {{ local -a all=(total /sys/class/net/*(N:t)); _values -s , interface $all }}
_hzstat_disks() {{ local -a all=(total /sys/block/*(N:t)); _values -s , disk $all }}
_hzstat_cpus() {{
    local -a all=(total ${{(@)${{(@)$(echo /sys/devices/system/cpu/cpu<->(N:t))}}#cpu}})
    _values -s , CPU $all
}}

{functions}

_hzstat "$@"
"""
ZSH_PROGRAM = """\
local -i end=${words[(i)--]}            # what follows is completed as if it stood alone
    if (( CURRENT > end )); then
        shift $end words
        (( CURRENT -= end ))
        _normal
        return
    fi
    """
ZSH_FUNCTION = """\
{name}() {{
    {body}
}}"""


def zsh(parsers: Mapping[str, Parser]) -> str:
    found = paths(parsers)
    functions = []
    for words, parser in found.items():
        specs = [spec for action in options(parser) for spec in zsh_option(parser, action)]
        nested = following(words, found)
        if nested:
            specs += ["'1: :->first'", "'*:: :->rest'"]
        else:
            specs += [zsh_operand(parser, action) for action in operands(parser)
                      if kind_of(action) != PROGRAM]
        body = (ZSH_PROGRAM * runs_program(parser)
                + "_arguments -s -S " + " \\\n        ".join(specs))
        if nested:
            body = zsh_nested(words, parser, nested, body)
        functions.append(ZSH_FUNCTION.format(name="_".join(("_hzstat", *words)), body=body))
    return ZSH.format(note=NOTE, functions="\n\n".join(functions))


def zsh_nested(words: tuple[str, ...], parser: Parser, nested: dict[str, str], body: str) -> str:
    """The words that name commands, first; then what the one that was named takes."""
    described = " \\\n                ".join(
        quoted(f"{name}:{brief(text)}") for name, text in nested.items())
    cases = " ".join(f"{name}) {'_'.join(('_hzstat', *words, name))} ;;" for name in nested)
    return "\n    ".join([
        "local curcontext=$curcontext state line", "local -a known",
        body.replace("_arguments", "_arguments -C", 1),
        "case $state in",
        f"    first) known=({described})\n            _describe command known ;;",
        f"    rest) case $line[1] in {cases} esac ;;",
        "esac"])


def zsh_option(parser: Parser, action: Action) -> Iterator[str]:
    spellings = sorted(action.option_strings, key=len)
    others = f"({' '.join(spellings)})" if len(spellings) > 1 else ""
    text = brief(meaning(parser, action)).replace("[", "\\[").replace("]", "\\]")
    for spelling in spellings:
        # -N eth0 and -Neth0; --net eth0 and --net=eth0
        glued = "" if action.nargs == 0 else "+" if len(spelling) == 2 else "="
        yield quoted(f"{others}{spelling}{glued}[{text}]{zsh_value(action)}")


def zsh_value(action: Action) -> str:
    if action.nargs == 0:
        return ""
    what = ZSH_ACTIONS[kind_of(action)]
    if words_of(action):
        what = f"({' '.join(words_of(action))})"
    name = value(action).replace(":", "\\:") if not action.choices else action.dest
    return f"{'::' if action.nargs == '?' else ':'}{name}:{what}"


def zsh_operand(parser: Parser, action: Action) -> str:
    head = "*" if action.nargs in ("*", "+") else ""
    text = brief(meaning(parser, action)).replace(":", "\\:") or value(action)
    what = f"({' '.join(words_of(action))})" if words_of(action) else ZSH_ACTIONS[kind_of(action)]
    return quoted(f"{head}:{text}:{what}")


# -- fish --------------------------------------------------------------------------------------

FISH = """\
# fish completion for hzstat. {note}

function __hzstat_at --description 'Whether the words so far name this command'
    set -l words (commandline -opc)
    set -e words[1]
    test (count $argv) -eq 0
    and not contains -- "$words[1]" {commands}
    and return
    test (count $argv) -gt 0 -a (count $words) -ge (count $argv)
    and test "$words[1..$(count $argv)]" = "$argv"
end

function __hzstat_list --description 'One more of a list with commas'
    set -l before (commandline -ct | string replace -rf '(.*,).*' '$1'; or echo)
    printf '%s\\n' $before$argv
end

function __hzstat_program --description 'What follows --, as if it were typed alone'
    set -l words (commandline -opc)
    if set -l place (contains -i -- -- $words)
        set -e words[1..$place]
        complete -C "$(string join ' ' -- (string escape -- $words) (commandline -ct))"
    end
end

complete -c hzstat -f
{lines}
"""
FISH_VALUES = {FILES: "-rF", FOLDERS: "-x -a '(__fish_complete_directories)'",
               INTERFACES: "-x -a '(__hzstat_list total (command ls /sys/class/net))'",
               DISKS: "-x -a '(__hzstat_list total (command ls /sys/block))'",
               CPUS: "-x -a '(__hzstat_list total (string replace -rf \".*/cpu([0-9]+)\\$\" "
                     "\"\\$1\" /sys/devices/system/cpu/cpu*))'", "": "-x"}


def fish(parsers: Mapping[str, Parser]) -> str:
    found = paths(parsers)
    lines = []
    for words, parser in found.items():
        here = f"complete -c hzstat -n {quoted(' '.join(('__hzstat_at', *words)))}"
        taken = len(words) + 1
        for name, text in following(words, found).items():
            lines.append(f"{here[:-1]}; and test (count (commandline -opc)) -eq {taken}' "
                         f"-a {name} -d {quoted(brief(text), fish=True)}")
        for action in operands(parser):
            offered = {FILES: "-F", FOLDERS: "-a '(__fish_complete_directories)'",
                       PROGRAM: "-a '(__hzstat_program)'"}.get(kind_of(action))
            if words_of(action):
                offered = f"-a '{' '.join(words_of(action))}'"
            if offered:
                lines.append(f"{here} {offered}")
        for action in options(parser):
            names = " ".join(f"-l {one[2:]}" if one[:2] == "--" else f"-s {one[1:]}"
                             for one in action.option_strings)
            lines.append(" ".join(filter(None, (
                here, names, fish_value(action),
                "-d " + quoted(brief(meaning(parser, action)), fish=True)))))
    commands = " ".join(following((), found))
    return FISH.format(note=NOTE, commands=commands, lines="\n".join(lines))


def fish_value(action: Action) -> str:
    if action.nargs == 0:
        return ""
    if words_of(action):
        return f"-x -a '{' '.join(words_of(action))}'"
    # What may be left out can't be told apart from a flag.
    return "" if action.nargs == "?" else FISH_VALUES[kind_of(action)]


def quoted(text: str, fish: bool = False) -> str:
    inside = text.replace("\\", "\\\\").replace("'", "\\'") if fish else text.replace("'", "'\\''")
    return f"'{inside}'"
