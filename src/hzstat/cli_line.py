"""`hzstat line`: its arguments, read without argparse, which costs as much as all the rest."""
from __future__ import annotations

import os
import sys

from . import status
from .cli import HELP, TALK, explain, misuse, note, speak
from .errors import HzstatError, SourceUnavailable, WorkerDied
from .formats import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .cli_parser import Parser
    from .formats.output import Renderer

# (how it is spelt, its value, what it does): a value in brackets may be left out, in braces are
# all that there are, None has none. A call reads its options by this table; a parser for --help,
# man and completion is made of it.
OPTIONS = (
    (("-N", "--net"), "NAME", "the interface to show (default: all but lo together)"),
    (("--preset",), f"{{{','.join(line.PRESETS)}}}", "what is shown (default classic)"),
    (("--format",), "TEMPLATE", "in Python's format language; the fields are "
     f"{', '.join((*line.FIELDS, *line.TEXTS))}, and with --follow {', '.join(line.OF_SAMPLES)}"),
    (("--bar",), None, "show the CPU as a bar of ten cells, too"),
    (("--plain",), None, "no colours (default)"),
    (("--ansi",), None, "colour what is high for a terminal"),
    (("--tmux",), None, "the same for tmux"),
    (("--json",), None, "an object for waybar: text, tooltip, class (ok, warn, alarm), percentage"),
    (("--i3bar",), None, "i3bar's and swaybar's protocol, with --follow"),
    (("--warn",), "NAME=N,...", "from where on: cpu, wai, mem in %, load a CPU, recv and send in "
     "MiB/s (default cpu=60,wai=20,mem=80,load=1)"),
    (("--alarm",), "NAME=N,...", "the same (default cpu=90,wai=50,mem=95,load=2)"),
    (("--warn-style",), "STYLE", "tmux's style for it, as in fg=colour172"),
    (("--alarm-style",), "STYLE", "the same"),
    (("--interval",), "S", "the window of the first call, and the least of a later one "
                           "(default 0.1)"),
    (("--follow",), "[S]", "print a line each S seconds (default 1), sampled by worker processes"),
    (("-r", "--rate"), "HZ", "samples a second of --follow (1000; for averages 100)"),
    (("--root",), "DIR", "another tree in place of /proc"),
)
OUTPUTS = ("plain", "ansi", "tmux", "json", "i3bar")
# What is of no use without others, of which there has to be one.
NEEDS = {"rate": ("follow",), "i3bar": ("follow",), "warn": OUTPUTS[1:], "alarm": OUTPUTS[1:],
         "warn-style": ("tmux",), "alarm-style": ("tmux",)}
ONE_OF = (("format", "preset", "bar"), ("interval", "follow"), OUTPUTS)
DEFAULT_SECONDS, LONGEST_SECONDS = 0.1, 60.0
EXAMPLES = (
    ("hzstat line", "once: call it every few seconds"),
    ("hzstat line -N eth0 --bar", "one interface, and a bar"),
    ("hzstat line --format '{cpu:.0%} {load1}'", "what you want of it"),
    ("hzstat line --tmux --alarm cpu=80", "with tmux's colours"),
    ("hzstat line --follow 2 --preset full", "a line each 2 s, with curves"),
)


def parser() -> Parser:
    """The same options as argparse has them."""
    from .cli_parser import Parser
    made = Parser(prog="hzstat line", talks=True, examples=EXAMPLES,
                  description="Prints one line for a status bar, about the time since the last "
                              "call.")
    for spellings, value, words in OPTIONS:
        made.add_argument(*spellings, help=words.replace("%", "%%"), **taken(value))
    return made


def taken(value: str | None) -> dict[str, Any]:
    """argparse's words for what an option takes."""
    if value is None:
        return {"action": "store_true"}
    if value[0] == "{":
        return {"choices": value.strip("{}").split(",")}
    return {"metavar": value.strip("[]"), "nargs": "?" if value[0] == "[" else None}


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


def number(text: str, option: str, unit: str, least: float, most: float) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not least <= found <= most:
        raise HzstatError(f"{option} {text!r}: give a number of {unit} from {least:g} to {most:g}")
    return found


def check(options: dict[str, str]) -> None:
    """HzstatError for options that contradict each other, or are of no use."""
    for names in ONE_OF:
        given = [f"--{name}" for name in names if name in options]
        if len(given) > 1:
            raise HzstatError(f"{' and '.join(given)} exclude each other: give one of them")
    for name, others in NEEDS.items():
        if name in options and not any(other in options for other in others):
            raise HzstatError(f"--{name} is of no use alone: add "
                              f"{' or '.join(f'--{other}' for other in others)}")


def template_of(options: dict[str, str]) -> str:
    """The template that was asked for, in whichever way."""
    if "bar" in options:
        return line.BAR_TEMPLATE
    preset = options.get("preset", "classic")
    if preset not in line.PRESETS:
        raise HzstatError(f"--preset {preset!r}: there are {', '.join(line.PRESETS)}")
    return options.get("format", line.PRESETS[preset]["follow" in options])


def run(argv: list[str]) -> int:
    try:
        options = parse(argv)
        if "help" in options:
            parser().print_help()
            return 0
        for spellings, talk, _ in TALK:
            if spellings[-1].strip("-") in options:
                speak(talk)
        check(options)
        template = template_of(options)
        interval_seconds = number(options.get("interval", str(DEFAULT_SECONDS)), "--interval",
                                  "seconds", 0.001, LONGEST_SECONDS)
        interface = os.fsencode(options["net"]) if "net" in options else None
        root = options.get("root", "/proc")
        if "follow" in options:
            from .cli_follow import follow
            delay_seconds = number(options["follow"] or "1", "--follow", "seconds", 0.05, 1000.0)
            return follow(renderer_of(options, template, interface), interface, delay_seconds,
                          options.get("rate"), root)
        if any(name in options for name in OUTPUTS) or "{net" in template or "{host" in template:
            renderer = renderer_of(options, template, interface)
            text = renderer(status.fields(renderer.asked, interface, interval_seconds, note, root,
                                        explain))
        else:
            text = status.once(template, interface, interval_seconds, note, root, explain)
        sys.stdout.write(text + "\n")
    except (SourceUnavailable, WorkerDied):     # which is no misuse: main() tells it
        raise
    except HzstatError as failure:
        return misuse(str(failure))
    return 0


def renderer_of(options: dict[str, str], template: str, interface: bytes | None) -> Renderer:
    """Colours, names and protocols, which a plain line does without."""
    from .formats.levels import Levels
    from .formats.output import Renderer
    levels = Levels(options.get("warn", ""), options.get("alarm", ""),
                    os.sysconf("SC_NPROCESSORS_ONLN"))
    styles = {name: options[f"{name}-style"] for name in ("warn", "alarm")
              if f"{name}-style" in options}
    kind = next((name for name in OUTPUTS if name in options), "plain")
    return Renderer(template, kind, levels, interface, "follow" in options, styles)
