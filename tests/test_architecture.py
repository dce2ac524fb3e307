"""The import graph is as docs/design.md says."""
import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hzstat

PACKAGE = Path(hzstat.__file__).parent
EXTENSIONS = Path(__file__).parent.parent / "ext" / "hzstat"
# All but the benchmarks, which are a program of their own: they print, too.
MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix(): path
           for path in PACKAGE.rglob("*.py") if "bench" not in path.parts}
PARSERS = {"_stat", "_net_dev", "_loadavg", "_keyed", "_columns", "_diskstats", "_io_stat",
           "_pid_stat", "_pressure", "_schedstat", "_softirqs", "_cpuidle", "_cpuacct"}
HELPERS = {"_scan", "_walk", "_source", "_buffer"}      # _buffer: only holds a caller's bytes

needs_extensions = pytest.mark.skipif(not EXTENSIONS.is_dir(), reason="ext/ is not here")


def cimports(name):
    """The modules of hzstat that an extension cimports."""
    text = "".join(path.read_text() for path in EXTENSIONS.glob(f"{name}.p[yx]*"))
    return set(re.findall(r"^\s*from\s+hzstat\.(\w+)\s+cimport", text, re.MULTILINE)) \
        | set(re.findall(r"^\s*cimport\s+hzstat\.(\w+)", text, re.MULTILINE))


def mentions(name):
    """All modules that an extension imports or cimports, by their full names."""
    text = "".join(path.read_text() for path in EXTENSIONS.glob(f"{name}.p[yx]*"))
    return set(re.findall(r"^\s*(?:from|c?import)\s+([\w.]+)", text, re.MULTILINE))


class Imports(ast.NodeVisitor):
    """What a module imports when it runs: not what it imports for the type checker alone."""

    def __init__(self, name):
        self.package = ["hzstat", *name.split("/")[:-1]]
        self.found = set()

    def visit_If(self, node):
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Import(self, node):
        self.found.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node):
        above = self.package[:len(self.package) + 1 - node.level] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        self.found.update({base, *(f"{base}.{alias.name}" for alias in node.names)})


def imports(name):
    visitor = Imports(name)
    visitor.visit(ast.parse(MODULES[name].read_text()))
    return visitor.found


def writes(tree):
    """Calls of print, and uses of sys.stdout and sys.stderr."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            yield node.lineno
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"):
            yield node.lineno


@needs_extensions
@pytest.mark.parametrize("name", sorted(PARSERS))
def test_parsers_know_the_scanners_and_their_contract_alone(name):
    assert cimports(name) <= HELPERS
    assert cimports(name) >= {"_scan", "_source"}


@needs_extensions
def test_every_parser_is_looked_at():
    found = {path.stem for path in EXTENSIONS.glob("*.pyx") if "(Source)" in path.read_text()}
    assert found == PARSERS


@needs_extensions
def test_the_loop_knows_no_parser():
    assert cimports("_loop") >= {"_reader", "_ring", "_source"}
    for name in ("_loop", "_reader", "_parts", "_ring", "_board", "_shared", "_source", "_scan"):
        assert not {module.rpartition(".")[2] for module in mentions(name)} & PARSERS
        assert not any(re.search(rf"\b{parser}\b", path.read_text()) for parser in PARSERS
                       for path in EXTENSIONS.glob(f"{name}.p[yx]*"))


@needs_extensions
def test_no_extension_imports_numpy():
    for path in EXTENSIONS.glob("*.p[yx]*"):
        assert not any(module.partition(".")[0] == "numpy" for module in mentions(path.stem))


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith((
    "formats/", "groups/")) or name in ("windows", "moments", "busy", "spans", "curves")])
def test_formats_groups_and_windows_see_no_worker(name):
    far = {f"hzstat.{module}" for module in ("sampler", "worker", "view", "watch", "procfs", "plan",
                                             "status", "_loop", "_ring", "_reader")}
    assert not imports(name) & far
    assert not any(module.startswith("hzstat.cli") for module in imports(name))


def test_only_the_sampler_starts_workers():
    assert [name for name in MODULES if "hzstat.keeper" in imports(name)] == ["sampler"]
    assert [name for name in MODULES if "hzstat.worker" in imports(name)] == ["keeper", "sampler"]


def test_only_the_command_line_prints():
    writing = {name for name, path in MODULES.items()
               if any(writes(ast.parse(path.read_text())))}
    assert writing
    assert all(name.startswith("cli") for name in writing)


@pytest.mark.parametrize(("module", "unwanted"), [
    ("hzstat", {"numpy", "multiprocessing", "argparse"}),
    ("hzstat.procfs", {"numpy", "multiprocessing", "argparse"}),
    ("hzstat.sampler", {"numpy", "argparse"}),
    ("hzstat.worker", {"numpy", "argparse"}),
    ("hzstat.cli_acquire", {"numpy"}), ("hzstat.acquisition", {"argparse", "matplotlib"}),
    ("hzstat.cli_rows", {"numpy"})])
def test_only_what_is_needed_is_imported(module, unwanted):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True,
                          timeout=30, check=True)
    assert not unwanted & set(done.stdout.split())
