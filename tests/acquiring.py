"""Producers and processors for the tests of acquisition, at the top of a module so that they can be
sent to a process by any method."""
import multiprocessing
import time

import numpy as np

METHODS = ("fork", "spawn", "forkserver")
FORK = multiprocessing.get_context("fork")


def normal(seed=1):
    rng = np.random.default_rng(seed)
    while True:
        yield rng.normal(10, 0.6)


def numbers():
    return iter(range(1000))


def for_ever():
    time.sleep(1000)


def spin(batch):
    while True:
        pass


class Kept:
    """A process that keeps all that it gets."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.batches = []

    def __call__(self, batch):
        time.sleep(self.seconds)
        self.batches.append(batch)

    def result(self):
        return np.concatenate(self.batches) if self.batches else None
