"""The build under test catches what it is for.

Not named test_*.py: only `make asan` has such a build.
"""
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("call", "report"), [
    ("over_read(16)", "heap-buffer-overflow"),
    ("overflow(1)", "runtime error: signed integer overflow")])
def test_a_planted_error_ends_the_process(call, report):
    done = subprocess.run([sys.executable, "-c", f"from hzstat import _planted; _planted.{call}"],
                          text=True, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert report in done.stderr


def test_what_is_no_error_goes_on():
    from hzstat import _planted
    assert _planted.overflow(0) == 2**31 - 1
