"""The extensions. Everything else about the package is in pyproject.toml."""
import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

modules = sorted(Path("ext/hzstat").glob("*.pyx"))
if not modules:
    raise SystemExit("ext/hzstat has no .pyx files: this source tree is incomplete "
                     "(an sdist needs MANIFEST.in to take them along)")

# Python's own flags add -g, which makes a module ten times as large. CFLAGS come after ours.
flags = ["-O3", "-g0", "-std=gnu11"]

setup(ext_modules=cythonize(
    [Extension(f"hzstat.{path.stem}", [str(path)], include_dirs=["ext/hzstat", "src/hzstat/bench"],
               depends=["ext/hzstat/_numbers.h", "src/hzstat/bench/countdown.h"],
               extra_compile_args=flags) for path in modules],
    include_path=["ext"],
    build_dir="build/cython",
    nthreads=os.cpu_count() or 1,
    show_all_warnings=True,
    compiler_directives={
        "language_level": "3",
        "boundscheck": False,
        "wraparound": False,
        "cdivision": True,
        "initializedcheck": False,
        "embedsignature": True,
    },
))
