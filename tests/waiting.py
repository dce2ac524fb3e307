"""Waiting for what will come, without guessing how long it takes."""
import time


def until(condition, seconds=10.0):
    """What `condition` returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found
