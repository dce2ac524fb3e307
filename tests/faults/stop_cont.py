"""Suspends a worker with SIGSTOP for 0.01 to 3 seconds, and lets it go on.

    python tests/faults/stop_cont.py [--count 60] [--seed N]

The ticks of that time have to be a gap in the records and counted as missed, and the records that
follow to be of ticks of their own, each within its tick: no burst makes up for what was missed.
"""
import math
import os
import signal
import sys
import time

import numpy as np
from checks import PERIOD_NS, RATE_HZ, SOURCES, Story, begun, started_ns, truth

import hzstat

SHORTEST_SECONDS, LONGEST_SECONDS = 0.01, 3.0
AFTER_SECONDS = 0.1         # between two stops
SLACK_TICKS = 2             # at each end of a stop


class Ticks(Story):
    """A Story that remembers its ticks."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ticks = []

    def look_at(self, records):
        super().look_at(records)
        self.ticks.append(records["tick"])


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def main():
    arguments, chance, verdict = begun("stop-cont", __doc__, count=(60,))
    stops = []      # (from, until) on the sampler's clock: then it was stopped for certain
    before = truth()
    with hzstat.Sampler(dict.fromkeys(SOURCES, RATE_HZ), jobs=1) as sampler:
        since_ns = started_ns(sampler)
        stories = [Ticks(sampler[name], verdict, before) for name in SOURCES]
        worker, = sampler.pids()
        for story in stories:
            story.view.latest(10.0)
        for _ in range(arguments.count):
            length = math.exp(chance.uniform(math.log(SHORTEST_SECONDS), math.log(LONGEST_SECONDS)))
            os.kill(worker, signal.SIGSTOP)
            while not is_stopped(worker):
                time.sleep(0.0001)
            from_ns = sampler.board.now_ns()
            time.sleep(length)
            stops.append((from_ns, sampler.board.now_ns()))
            os.kill(worker, signal.SIGCONT)
            time.sleep(chance.uniform(0, 2 * AFTER_SECONDS))
            for story in stories:
                story.drain()
        until_ns = sampler.board.now_ns()
        verdict.require(list(sampler.pids()) == [worker], "the worker is another one")
    for story in stories:
        story.drain()
        health = sampler.health()[story.view.name]
        story.adds_up(health, since_ns)
        ticks = np.concatenate(story.ticks)
        # One record a tick of the time that there was: a burst would be more.
        verdict.require(health.planned <= (until_ns - since_ns) // PERIOD_NS + SLACK_TICKS,
                        f"{story.view.name}: {health.planned} planned")
        for from_ns, to_ns in stops:
            first, last = from_ns // PERIOD_NS + 1, to_ns // PERIOD_NS - 1
            inside = np.count_nonzero((ticks >= first) & (ticks <= last))
            verdict.require(inside == 0, f"{story.view.name}: {inside} records of ticks at which "
                            "the worker was stopped")
            verdict.count("ticks in stops", int(max(0, last - first + 1)))
        verdict.count("missed", health.missed)
        verdict.count("records", health.records)
    verdict.count("stops", len(stops))
    verdict.largest("s the longest", max(end - start for start, end in stops) / 1e9)
    stopped = verdict.counts["ticks in stops"]
    verdict.require(verdict.counts["missed"] >= stopped, f"of {stopped} not all are missed")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
