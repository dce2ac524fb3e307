"""That an acquisition leaves nothing behind: fixtures of the modules that name them."""
import multiprocessing

import pytest
from acquiring import METHODS
from faults.checks import held
from waiting import until


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Let each method start what Python keeps for it, and numpy end what it ends at a fork."""
    for method in METHODS:
        process = multiprocessing.get_context(method).Process(target=int)
        process.start()
        process.join()
        process.close()


@pytest.fixture(autouse=True)
def nothing_is_left(warm):
    before = held()
    yield
    until(lambda: held() == before)
