"""A copy of hzstat, in build/, whose extensions are compiled with sanitizers.

    build/fuzz  by clang: coverage for libFuzzer, ASan and UBSan, and hzstat._fuzz, the harness
    build/asan  by gcc: ASan and UBSan, and hzstat._planted, which has the errors to be caught

Everything is copied before it is built, so that an edit in the meantime breaks nothing.
"""
import os
import runpy
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from functools import partial
from pathlib import Path

import Cython.Build
import setuptools
from Cython.Build import cythonize

ROOT = Path(__file__).parents[2]
MACHINE = os.uname().machine
INCLUDE = sysconfig.get_path("include")
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
# -fwrapv is among Python's own flags, and with it no signed overflow would be one.
SANITIZED = ["-O1", "-g", "-fno-omit-frame-pointer", "-fno-wrapv", "-std=gnu11", "-shared",
             "-fPIC", "-fno-strict-aliasing", "-fsanitize=address,undefined",
             "-fno-sanitize-recover=undefined"]


class Build:
    name: str           # of its folder in build/
    compiler: list[str]
    flags: tuple[str, ...]
    extra: Path         # a module of its own
    asan_options = "detect_leaks=0:redzone=512"     # Python leaks; a row is at most so wide

    def __init__(self):
        self.folder = ROOT / "build" / self.name
        self.lib = self.folder / "lib"

    def make(self):
        tree = self.folder / "tree"
        shutil.rmtree(tree / "ext", ignore_errors=True)
        for name in ("ext", "setup.py", "src/hzstat/bench/countdown.h"):
            copy(ROOT / name, tree / name)
        copy(self.extra, tree / "ext" / "hzstat" / self.extra.name)
        for module in (self.lib / "hzstat").rglob("*.py"):
            module.unlink()
        copy(ROOT / "src" / "hzstat", self.lib / "hzstat")
        with chdir(tree), ThreadPoolExecutor(os.cpu_count()) as pool:
            modules = extensions()
            for old in set((self.lib / "hzstat").glob("*.so")) - {
                    self.lib / binary(module) for module in modules}:
                old.unlink()
            list(pool.map(self.compile, modules))

    def compile(self, module):
        source, target = Path(module.sources[0]), self.lib / binary(module)
        inputs = [source, *map(Path, module.depends), Path(__file__)]
        if target.exists() and target.stat().st_mtime > max(i.stat().st_mtime for i in inputs):
            return
        folders = [f"-I{folder}" for folder in (INCLUDE, *module.include_dirs)]
        self.run(*SANITIZED, *self.flags, *folders, source, "-o", target)

    def run(self, *arguments):
        """Run the compiler, which says itself what is wrong."""
        if subprocess.run([*self.compiler, *arguments]).returncode:
            raise SystemExit(f"{self.compiler[0]} could not build {arguments[-1]}")

    def environment(self, *python_path):
        """What the environment of a Python needs, so that this build is what it imports."""
        return os.environ | {
            "LD_PRELOAD": ":".join(map(str, self.runtimes())),
            "PYTHONPATH": os.pathsep.join(map(str, (self.lib, *python_path))),
            "PYTHONMALLOC": "malloc",       # each object a block of its own, with a fence
            "PYTHONDONTWRITEBYTECODE": "1",
            "ASAN_OPTIONS": self.asan_options,
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }

    def file(self, name):
        """A file that comes with the compiler; the name alone where there is none."""
        done = subprocess.run([*self.compiler, f"-print-file-name={name}"], check=True, text=True,
                              stdout=subprocess.PIPE)
        return done.stdout.strip()


class Asan(Build):
    name = "asan"
    compiler = (os.environ.get("CC") or "gcc").split()
    flags = ()
    extra = ROOT / "tests" / "asan" / "_planted.pyx"

    def runtimes(self):
        return self.file("libasan.so"), self.file("libubsan.so")


class Fuzz(Build):
    name = "fuzz"
    compiler = (os.environ.get("CLANG") or "clang").split()
    flags = ("-shared-libasan", "-fsanitize=fuzzer-no-link")
    extra = ROOT / "tests" / "fuzz" / "_fuzz.pyx"
    asan_options = Build.asan_options + ":verify_asan_link_order=0"     # see runtimes()

    def runtimes(self):
        """libFuzzer is before ASan, which has empty functions of the same names."""
        return self.libfuzzer, self.file(f"libclang_rt.asan-{MACHINE}.so")

    @property
    def libfuzzer(self):
        return self.folder / "libfuzzer.so"

    @property
    def archive(self):
        return self.file(f"libclang_rt.fuzzer_no_main-{MACHINE}.a")

    def make(self):
        super().make()
        self.run("-shared", "-Wl,--whole-archive", self.archive, "-Wl,--no-whole-archive",
                 "-lstdc++", "-lpthread", "-lm", "-o", self.libfuzzer)


def copy(source, target):
    """With its time, so that only what was edited is built again."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def extensions():
    """What the setup.py here would build, translated to C."""
    found = []
    setuptools.setup = lambda ext_modules: found.extend(ext_modules)
    Cython.Build.cythonize = partial(cythonize, quiet=True)
    runpy.run_path("setup.py")
    return found


def binary(module):
    return Path(*module.name.split(".")).with_suffix(SUFFIX)
