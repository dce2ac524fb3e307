"""Waiting for what will come, without guessing how long it takes."""
import os
import signal
import time


def until(condition, seconds=10.0):
    """What `condition` returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def kill_for_a_while(worker, owner):
    """Kill a worker, whose owner can't start it again for 50 ms at least."""
    os.kill(owner, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    time.sleep(0.05)
    os.kill(owner, signal.SIGCONT)
