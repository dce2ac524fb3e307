"""A plugin of pytest: the hzstat under test is the instrumented one, and slow, so few examples."""
import os
from pathlib import Path

from hypothesis import settings

import hzstat

settings.register_profile("asan", max_examples=20, deadline=None)
settings.load_profile("asan")


def pytest_sessionstart():
    from hzstat import _keyed, _planted, _source, _stat
    for module in (hzstat, _keyed, _planted, _source, _stat):
        assert Path(module.__file__).is_relative_to(os.environ["HZSTAT_INSTRUMENTED"]), module
