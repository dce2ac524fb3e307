"""Acquires at random, and kills who takes part.

    python tests/faults/acquire.py [--count 1000] [--kills 500] [--late 0.05] [--within 1]
                                   [--seed N]

In `count` runs with delays of every kind, each event has to be counted, and processed once and in
its order. A tenth as many end by their time, with producers that block for ever and processing that
never comes back: at most `late` seconds after it. Then the producer, the processor and the caller
are killed by SIGKILL, `kills` times each (the caller a fifth as often), at random instants: what
was taken has to be processed where the processor lives, all others be counted, the statistics be
those of what was processed, and nothing be left.
"""
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
from checks import begun, held, marked

import hzstat

LIFE_SECONDS = 0.1          # until a kill, at most
SETUP_SECONDS = 0.01        # a third of them within that
FAMILY = 3                  # a manager, a producer, a processor
# Most by fork, which is done soonest.
METHODS = ("spawn", "forkserver", *["fork"] * 18)


class Count:
    """Counts from 0 on, with random pauses."""

    def __init__(self, longest, seed):
        self.longest = longest
        self.chance = random.Random(seed)
        self.number = -1

    def __call__(self):
        if self.longest and self.chance.random() < 0.2:
            time.sleep(self.chance.uniform(0, self.longest))
        if self.chance.random() < 0.05:
            return None
        self.number += 1
        return self.number


class Keep:
    """Keeps what it gets, with random pauses."""

    def __init__(self, longest, seed):
        self.longest = longest
        self.chance = random.Random(seed)
        self.values = []

    def __call__(self, batch):
        if self.longest and self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0, self.longest))
        self.values += batch["value"].tolist()

    def result(self):
        return self.values


def statistics_are_of(result, values):
    """Are mean, spread and histogram those of `values`?"""
    if not len(values):
        return np.isnan(result.mean) and not result.histogram[0].sum()
    return (np.allclose([result.mean, result.std, result.min, result.max],
                        [np.mean(values), np.std(values), min(values), max(values)], rtol=1e-12)
            and (result.histogram[0] == np.histogram(values, result.histogram[1])[0]).all())


def one_run(chance, context, verdict):
    """A run to its limit."""
    events = chance.randrange(1, 400)
    on_full = chance.choice(("drop", "wait"))
    slots = chance.choice((3, 20, 1000))
    result = hzstat.acquire(
        Count(chance.choice((0, 0.0001, 0.001)), chance.random()),
        Keep(chance.choice((0, 0.001, 0.01)), chance.random()), events=events, on_full=on_full,
        ring_bytes=4096 + 32 * slots, timeout=60, drain_seconds=60, context=context)
    values = result.product
    require = verdict.require
    require((result.reason, result.failure) == ("events", None), f"ended so: {result!r}")
    require(result.events == result.taken == events == len(values) and not result.unprocessed,
            f"{events} were asked for, and {result!r}")
    if result.dropped == 0:
        require(values == list(range(events)), f"not each in its place: {values}")
    else:
        require(on_full == "drop" and (np.diff(values) > 0).all()
                and values[-1] < events + result.dropped, f"dropped {result.dropped}: {values}")
    require(statistics_are_of(result, values), f"statistics of others: {result!r}")
    verdict.count("runs")
    verdict.count("events", events)
    verdict.count("dropped", result.dropped)


def one_timeout(chance, late, context, verdict):
    """A run to its time, whatever the two are doing."""
    timeout = chance.uniform(0.01, 0.3)
    result = hzstat.acquire(chance.choice((blocks, Count(0, 0))), chance.choice((None, spins)),
                            timeout=timeout, drain_seconds=0.05, on_full="wait", context=context)
    verdict.require(result.reason == "timeout" and timeout <= result.elapsed <= timeout + late,
                    f"until {timeout} s: {result!r}")
    verdict.require(result.taken == result.events + result.unprocessed, f"{result!r}")
    verdict.count("runs to their time")
    verdict.largest("s late at most", result.elapsed - timeout)


def blocks():
    yield 0
    time.sleep(1000)


def spins(batch):
    while True:
        pass


def one_kill(whom, chance, context, verdict):
    """The death of one process, and what is told of it."""
    delay = chance.uniform(0, SETUP_SECONDS if chance.random() < 1 / 3 else LIFE_SECONDS)
    producer = chance.choice((Count(0, 0), Count(0.0001, chance.random()), blocks))
    with hzstat.Acquisition(producer, Keep(chance.choice((0, 0.001)), chance.random()),
                            on_full="wait", timeout=60, drain_seconds=60, context=context) as run:
        time.sleep(delay)
        os.kill(run.pids[whom], signal.SIGKILL)
        result = run.wait()
    require = verdict.require
    require((result.reason, result.failure) == ("failed", f"{whom}: killed by SIGKILL"),
            f"killed the {whom}: {result!r}")
    require(result.taken == result.events + result.unprocessed >= result.events
            and result.elapsed < 30, f"killed the {whom}: {result!r}")
    require(statistics_are_of(result, range(result.events)),
            f"killed the {whom}: statistics of others: {result!r}")
    if whom == "producer":
        require(result.unprocessed == 0 and (result.product or []) == list(range(result.taken)),
                f"not each once, and in its place: {result!r}")
    verdict.count(f"deaths of a {whom}")
    verdict.count("before the first event", result.taken == 0)
    verdict.count("events", result.events)
    verdict.count("counted as unprocessed", result.unprocessed)


def one_death_of_the_caller(chance, number, within, verdict):
    mark = f"HZSTAT_FAULT=acquire-{os.getpid()}-{number}"
    how = chance.choice((["--delay-ms", "1"], ["--delay-ms", "100000"],
                         ["--slow-processing", "100000s"]))
    with subprocess.Popen([sys.executable, "-m", "hzstat", "acquire", "--every", "1000", *how],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=os.environ | dict([mark.split("=")])) as process:
        # Half of them while they come up.
        until = time.monotonic() + (10 if chance.random() < 0.5 else chance.uniform(0, 0.5))
        while (found := len(marked(mark))) < FAMILY and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, LIFE_SECONDS))
        verdict.count("with all processes at work", found == FAMILY)
        process.kill()
        process.wait()
        killed = time.monotonic()
        while (left := marked(mark)) and time.monotonic() < killed + 10:
            time.sleep(0.01)
        took = time.monotonic() - killed
        verdict.require(took <= within and not left, f"{left} were left for {took:.3f} s")
        said = process.stderr.read()
        verdict.require(not said, f"someone said {said!r}")
    verdict.count("deaths of the caller")
    verdict.largest("s at most until all were gone", took)


def main():
    arguments, chance, verdict = begun(
        "acquire", __doc__, count=(1000, "runs to a limit"),
        kills=(500, "of the producer, and as many more"),
        late=(0.05, "seconds that a time may be over"), within=(1.0, "seconds that it may take"))
    for method in set(METHODS):         # what Python itself keeps for each, from here on
        hzstat.acquire([1], context=multiprocessing.get_context(method))
    deeds = [*[(one_run, chance)] * arguments.count,
             *[(one_timeout, chance, arguments.late)] * (arguments.count // 10),
             *[(one_kill, "producer", chance), (one_kill, "processor", chance)] * arguments.kills]
    for deed, *how in deeds:
        before = held()
        deed(*how, multiprocessing.get_context(chance.choice(METHODS)), verdict)
        after = held()
        verdict.require(after == before, f"left behind: {before} became {after}")
    for number in range(arguments.kills // 5):
        one_death_of_the_caller(chance, number, arguments.within, verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
