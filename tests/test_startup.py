"""What each command imports when it starts: no more than it was found to need.

A name that is missing below has crept in. Find out who imports it (python -X importtime -m hzstat
…), and import it later, or not at all; add it here only if the command can't do without.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hzstat import cli

TOOL = Path(sys.executable).with_name("hzstat")

# By command, the modules of Python's own that it may import besides what every start does, and
# hzstat's own.
CORE = {"__future__", "importlib", "warnings", "errno", "unicodedata"}
CLI = {"cli", "errors", "units"}
READING = {"_parts", "_source", "_shared", "_reader", "procfs", "descriptors"}
LINE = {"fcntl", "struct", "_struct"}
# typing and dataclasses, logging, json and shutil are never among them: see docs/design.md.
ARGPARSE = {"argparse", "re", "_sre", "gettext", "enum", "types", "operator", "_operator",
            "functools", "_functools", "collections", "_collections", "itertools", "keyword",
            "reprlib", "copyreg", "math", "locale", "_locale", "textwrap", "contextlib"}
# What multiprocessing takes along for a fork.
FORK = {"multiprocessing", "threading", "_weakrefset", "weakref", "pickle", "_pickle",
        "_compat_pickle", "org", "socket", "_socket", "select", "selectors", "array", "signal",
        "atexit", "subprocess", "_posixsubprocess", "msvcrt", "fcntl", "struct", "_struct"}
OLDER = {"sre_compile", "sre_constants", "sre_parse"}


def imported(*arguments):
    """The modules that a command imports, before the first of numpy's and in all."""
    done = subprocess.run([sys.executable, "-X", "importtime", TOOL, *map(str, arguments)],
                          text=True, capture_output=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    return modules(done.stderr)


def modules(report):
    return [line.rpartition("|")[2].strip() for line in report.splitlines()
            if line.startswith("import time:")][1:]


@pytest.fixture(scope="module")
def bare():
    """What every start imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", "pass"], text=True,
                          capture_output=True, timeout=60, check=True)
    return {name.partition(".")[0] for name in modules(done.stderr)}


def foreign(names, bare):
    """The packages among them that are neither every start's nor hzstat's."""
    return {name.partition(".")[0] for name in names} - bare - {"hzstat"}


def ours(names):
    return {name.removeprefix("hzstat.") for name in names if name.startswith("hzstat.")}


def test_line(bare, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    names = imported("line")
    assert foreign(names, bare) <= CORE | LINE
    assert ours(names) <= CLI | READING | {
        "cli_line", "status", "state", "shares", "formats", "formats.line", "_stat", "_keyed",
        "_net_dev", "_loadavg", *(f"descriptors.{name}" for name in (
            "descriptor", "stat", "meminfo", "net__dev", "loadavg"))}


@pytest.mark.parametrize("words", [[], *([name] for name in cli.COMMANDS)], ids=" ".join)
def test_help(words, bare):
    names = imported(*words, "--help")
    assert foreign(names, bare) <= CORE
    assert ours(names) <= CLI


@pytest.mark.parametrize("words", [["-c", "--help"], ["--version"], ["--list"]], ids=" ".join)
def test_what_argparse_answers(words, bare):
    names = imported(*words)
    assert foreign(names, bare) <= CORE | ARGPARSE | OLDER | LINE
    assert not {"sampler", "watch", "_ring"} & ours(names)


def test_rows_have_forked_before_numpy(bare):
    names = imported("0.05", "1")
    first = next(place for place, name in enumerate(names) if name.partition(".")[0] == "numpy")
    before = names[:first]
    assert "hzstat.sampler" in before
    assert "hzstat.watch" not in before
    assert foreign(before, bare) <= CORE | ARGPARSE | FORK | OLDER | {"_datetime", "datetime"}


HEAVY = {"matplotlib", "rich", "pandas", "pyarrow", "uproot", "scipy", "psutil", "logging",
         "dataclasses", "asyncio", "http", "email", "unittest"}


@pytest.mark.parametrize("words", [["0.05", "1"], ["--json", "0.05", "1"],
                                   ["sources", "--seconds", "0.05"]], ids=" ".join)
def test_no_command_imports_what_it_does_not_use(words):
    assert not HEAVY & {name.partition(".")[0] for name in imported(*words)}


def test_recordings_need_no_more_than_numpy(tmp_path):
    run = tmp_path / "run"
    for words in (["record", "--for", "100ms", "-o", run], ["report", run],
                  ["replay", run, "0.02", "--speed", "1000"],
                  ["export", run, "-o", tmp_path / "a.jsonl"]):
        assert not HEAVY & {name.partition(".")[0] for name in imported(*words)}, words
