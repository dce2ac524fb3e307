"""Machines without AVX2 read the same: whole machines and keyed files, by the careful way."""
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_the_careful_way_alone():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"{HERE / 'test_goldens.py'}::test_golden", HERE / "test_keyed.py",
         f"{HERE / 'test_parsers.py'}::test_broken",
         f"{HERE / 'test_parsers.py'}::test_large_machines"],
        capture_output=True, text=True, timeout=240, cwd=HERE.parent,
        env={**os.environ, "HZSTAT_NO_AVX2": "1"})
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
