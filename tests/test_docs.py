"""The documents: what is made is current, what is linked is there, what is shown can be typed."""
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hzstat import cli
from hzstat.cli_columns import parsed

TREE = Path(__file__).parent.parent
DOCS = TREE / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *TREE.glob("*.md"), *(TREE / "examples").glob("*.md")])
MADE = {"sources.md": "sources.py", "python.md": "api.py"}

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs/ is not here")


@pytest.mark.parametrize("page", MADE)
def test_a_page_that_is_made_is_current(page):
    done = subprocess.run([sys.executable, DOCS / MADE[page]], capture_output=True, text=True,
                          check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.stdout == (DOCS / page).read_text(), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        file, _, heading = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
                               for title in titles}, link


def shown(page):
    """The command lines of hzstat in the blocks of code of a page."""
    for line in page.read_text().splitlines():
        found = re.match(r"    (?:\$ )?(?:[A-Z_]+=\S+ )?(hzstat(?: .*)?)$", line)
        if found:
            line = re.split(r" +#|  +| [|>&;]", found[1])[0]
            yield re.sub(r"(--\w+) (-\d)", r"\1=\2", line)     # as the commands themselves do


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_such_as_the_parsers_take(page):
    for line in shown(page):
        words = shlex.split(line)[1:]
        named = bool(words) and words[0] in cli.COMMANDS
        parser = cli.module(words[0] if named else cli.ROWS).parser()
        status = 0
        try:
            parsed(parser, words[named:])
        except SystemExit as end:           # 0 of --help and --version
            status = end.code
        assert status == 0, line
        cli.speak(cli.NORMAL)
