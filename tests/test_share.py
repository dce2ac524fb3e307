"""Man pages, completion and the kept --help: current, and what the shells make of them."""
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hzstat import cli

TREE = Path(__file__).parent.parent
SHARE = TREE / "share"
BASH = SHARE / "bash-completion/completions/hzstat"
FISH = SHARE / "fish/vendor_completions.d/hzstat.fish"
ZSH = SHARE / "zsh/site-functions"
PAGES = sorted((SHARE / "man/man1").glob("*.1"))
NETS = sorted(os.listdir("/sys/class/net"))
DISKS = sorted(os.listdir("/sys/block"))
COMMANDS = [cli.ROWS, *cli.COMMANDS]


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} isn't here")


def test_all_of_it_is_current():
    done = subprocess.run([sys.executable, TREE / "docs/share.py", "--check"], text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def said(*words):
    done = subprocess.run([sys.executable, "-m", "hzstat", *words], text=True, timeout=30,
                          capture_output=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen_and_has_examples(command):
    words = [] if command == cli.ROWS else [command]
    text = said(*words, "--help")
    assert text == said(*words, "-h") == cli.module(command).parser().format_help()
    lines = text.splitlines()
    assert len(lines) <= 44
    assert max(map(len, lines)) <= 80
    examples = lines[lines.index("examples:") + 1:]
    assert 2 <= len(examples) <= 5
    assert all(line.startswith("  hzstat") for line in examples)


def test_help_between_other_words_says_the_same():
    assert said("-c", "--help") == said("--help")
    assert said("line", "--bar", "-h") == said("line", "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_are_lines_that_the_parser_takes(command):
    parser = cli.module(command).parser()
    for line, _ in parser.examples:      # of which the shell takes what follows > and |
        line = re.sub(r"(--\w+) (-\d)", r"\1=\2", re.split(" [>|] ", line)[0])
        words = shlex.split(line)[1 if command == cli.ROWS else 2:]
        assert parser.parse_args(words)
    assert cli._talk == cli.NORMAL


# -- man ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@needs("groff")
def test_a_page_has_all_that_its_command_takes(page):
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-cbou", page], timeout=30,
                          text=True, capture_output=True, env={**os.environ, "MANWIDTH": "80"})
    assert done.stderr == ""
    assert done.returncode == 0
    shown = done.stdout.replace("\N{HYPHEN}\n", "")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES"):
        assert f"\n{section}\n" in shown
    parser = cli.module(page.stem.partition("-")[2] or cli.ROWS).parser()
    for action in parser._actions:
        if action.help == "==SUPPRESS==":
            continue
        for spelling in action.option_strings:
            assert f"{spelling}" in shown       # as it can be searched for and copied
    assert all(f"hzstat-{name}" in shown for name in cli.COMMANDS if f"-{name}" not in page.stem)


def test_there_is_a_page_for_each_command():
    assert {page.stem for page in PAGES} == {"hzstat", *(f"hzstat-{name}" for name in cli.COMMANDS)}


# -- completion --------------------------------------------------------------------------------

# The words so far, the last of which is being typed; what must be offered, and what must not.
CASES = [
    (["hzstat", ""], {"line", "sources", "bench"}, set()),
    (["hzstat", "sou"], {"sources"}, {"line"}),
    (["hzstat", "--colo"], {"--color"}, {"--root"}),
    (["hzstat", "--color", "a"], {"auto", "always"}, {"never"}),
    (["hzstat", "-N", ""], {"total", *NETS}, {"line"}),
    (["hzstat", "-D", ""], {"total", *DISKS}, {"line"}),
    (["hzstat", "-C", "0,"], {"0,total"}, {"total"}),
    (["hzstat", "line", "--fo"], {"--format", "--follow"}, {"--root", "--color"}),
    (["hzstat", "bench", ""], {"countdown", "startup"}, {"line"}),
    (["hzstat", "bench", "parse", "--p"], {"--peers", "--plot"}, {"--calls"}),
    (["hzstat", "sources", "--root", "/pr"], {"/proc"}, {"/sys"}),
    (["hzstat", "bench", "parse", "net/s"], {"net/snmp", "net/sockstat"}, {"net/dev"}),
    (["hzstat", "record", "--", "bas"], {"bash"}, {"sources"}),
    (["hzstat", "record", "--", "cat", "/etc/pass"], {"/etc/passwd"}, set()),
    (["hzstat", "record", "--", "cat", "--fo"], set(), {"--for", "--force"}),
    (["hzstat", "record", "--fo"], {"--for", "--force"}, {"--rate"}),
    (["hzstat", "bench", "compare", "/etc/pass"], {"/etc/passwd"}, set()),
]


def completing(cases):
    return pytest.mark.parametrize(("words", "wanted", "unwanted"), cases,
                                   ids=[" ".join(words) for words, *_ in cases])


@needs("bash")
@completing(CASES)
def test_bash(words, wanted, unwanted):
    script = ('source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); compopt() { :; }; _hzstat; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, BASH, *words], text=True, capture_output=True,
                          timeout=30, check=True)
    assert done.stderr == ""
    found = set(done.stdout.split("\n"))
    assert wanted <= found
    assert not unwanted & found


@needs("fish")
@completing(CASES)
def test_fish(words, wanted, unwanted):
    script = f"source {FISH}; complete -C '{' '.join(words)}'"
    done = subprocess.run(["fish", "--no-config", "-c", script], text=True, capture_output=True,
                          timeout=30, check=True)
    assert done.stderr == ""
    found = {line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()}
    assert wanted <= found
    assert not unwanted & found


@pytest.fixture(scope="module")
def zsh(tmp_path_factory):
    """Types a line and two tabs into a zsh of its own, and returns what it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PS1="> ", ZDOTDIR=str(tmp_path_factory.getbasetemp()))
        os.execvp("zsh", ["zsh", "-f"])

    def shown_until(mark, seconds):
        shown, end = "", time.monotonic() + seconds
        while mark not in shown and (left := end - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")
        return shown

    def typed(line):
        os.write(terminal, f"\x15{line}\t".encode())
        first = shown_until("\x00", 0.3)
        os.write(terminal, b"\t")
        return first + shown_until("\x00", 0.4)
    os.write(terminal, f"fpath=({ZSH} $fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000; "
                       "setopt no_beep; print rea''dy\n".encode())
    assert "ready" in shown_until("ready", 20)
    yield typed
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)


@needs("zsh")        # which takes its time to show that it has no more to say
@completing(CASES[::2])
def test_zsh(zsh, words, wanted, unwanted):
    shown = zsh(" ".join(words))
    for word in wanted:
        assert word.rpartition(",")[2] in shown
    assert not [word for word in unwanted if word not in " ".join(words) and f" {word} " in shown]
