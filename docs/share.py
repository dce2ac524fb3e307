"""Writes what is made of the command line's parsers, by `make docs`: the texts of --help (which
come from there, without argparse), man pages, and completion for bash, zsh and fish.

    python docs/share.py [--check]      --check writes nothing, and fails where one isn't current
"""
from __future__ import annotations

import sys
from pathlib import Path

import completions
import roff
from commands import PARSERS

from hzstat import cli

TREE = Path(__file__).parent.parent
WORDS = {cli.ROWS: "samples of /proc as rows, up to thousands a second", **cli.COMMANDS}


def files() -> dict[str, str]:
    """The text of each file, by its path in the source tree."""
    found = {f"src/hzstat/help/{name}.txt": parser.format_help()
             for name, parser in PARSERS.items()}
    others = {f"hzstat-{name}": words for name, words in cli.COMMANDS.items()}
    for name, parser in PARSERS.items():
        path = f"share/man/man1/{parser.prog.replace(' ', '-')}.1"
        found[path] = roff.page(name, WORDS[name], parser, others)
    found["share/bash-completion/completions/hzstat"] = completions.bash(PARSERS)
    found["share/zsh/site-functions/_hzstat"] = completions.zsh(PARSERS)
    found["share/fish/vendor_completions.d/hzstat.fish"] = completions.fish(PARSERS)
    return found


def main() -> int:
    made = files()
    folders = {(TREE / path).parent for path in made}
    there = {str(path.relative_to(TREE)): path.read_text(encoding="utf-8")
             for folder in folders if folder.is_dir() for path in folder.iterdir()}
    changed = [path for path in {**made, **there} if made.get(path) != there.get(path)]
    if "--check" in sys.argv[1:]:
        for path in changed:
            print(f"{path} isn't current: run make docs")
        return bool(changed)
    for path in changed:
        if path in made:
            (TREE / path).parent.mkdir(parents=True, exist_ok=True)
            (TREE / path).write_text(made[path], encoding="utf-8")
        else:
            (TREE / path).unlink()
    return 0


sys.exit(main())
