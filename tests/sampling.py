"""What tests of sampling share."""
import numpy as np
from waiting import until

FOUR = ("stat", "meminfo", "net/dev", "loadavg")


def everything(view):
    """All the records that this reader has not seen yet."""
    found = [view.drain()]
    while len(found[-1]):
        found.append(view.drain())
    return np.concatenate(found)


def fresh(sampler, name):
    """A record whose read began after this call."""
    now = sampler.board.now_ns()
    return until(lambda: (record := sampler[name].latest())["time_ns"] > now and record)
