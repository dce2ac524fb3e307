"""Kills workers with SIGKILL, at random instants of their lives.

    python tests/faults/worker_kill.py [--count 1000] [--within 1] [--seed N]

Each is to be reported and started again within a second; every record that is handed out has to be
whole and true, all ticks have to be accounted for, and nothing may be left. A worker that dies four
times within ten seconds isn't started again, so there is a new Sampler after three deaths of each.
"""
import itertools
import multiprocessing
import os
import signal
import sys
import threading
import time

from checks import RATE_HZ, SOURCES, Story, begun, held, in_shm, left_in_shm, started_ns, truth

import hzstat

DEATHS_EACH = 3
SETUP_SECONDS, LIFE_SECONDS = 0.01, 0.25
# Most by fork, which is done soonest; a child that is spawned can also be killed before it has
# read what it has to do.
METHODS = ("fork", "spawn", "forkserver", *["fork"] * 10)


class Killer(threading.Thread):
    """Kills a worker, waits until that was reported, and so on."""

    def __init__(self, sampler, kills, chance):
        super().__init__(daemon=True)
        self.sampler = sampler
        self.kills = kills
        self.chance = chance
        self.reported = threading.Event()       # set by the Sampler's report
        self.deaths = dict.fromkeys(sampler.pids().values(), 0)
        self.detected_within = []               # seconds, each; inf: not within ten seconds

    def run(self):
        for _ in range(self.kills):
            # A third at the very beginning: set-up, and the first records.
            longest = SETUP_SECONDS if self.chance.random() < 1 / 3 else LIFE_SECONDS
            time.sleep(self.chance.uniform(0, longest))
            names, pid = self.chance.choice([
                (names, pid) for pid, names in self.sampler.pids().items()
                if self.deaths[names] < DEATHS_EACH])
            self.reported.clear()
            killed = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            self.deaths[names] += 1
            seen = self.reported.wait(10.0)
            self.detected_within.append(time.monotonic() - killed if seen else float("inf"))


def one_sampler(kills, jobs, method, chance, within, verdict):
    """At most `kills` deaths of one Sampler's workers; how many there were."""
    reports = []

    def report(text):
        reports.append(text)
        killer.reported.set()

    before = truth()
    sampler = hzstat.Sampler(dict.fromkeys(SOURCES, RATE_HZ), jobs=jobs, report=report,
                             context=multiprocessing.get_context(method))
    with sampler:
        since_ns = started_ns(sampler)
        stories = {name: Story(sampler[name], verdict, before) for name in SOURCES}
        killer = Killer(sampler, min(kills, DEATHS_EACH * len(sampler.pids())), chance)
        killer.start()
        first, *others = stories.values()
        goals = None            # records that each source has to reach, after the last death
        for records in first.view.follow(timeout=10.0, batch=0.05):
            first.look_at(records)
            for story in others:
                story.drain()
            if killer.is_alive():
                continue
            goals = goals or {name: sampler[name].ring.head + 2 for name in SOURCES}
            if all(sampler[name].ring.head >= goals[name] for name in SOURCES):
                break
        verdict.require(goals is not None, "no records for ten seconds")
    for name, story in stories.items():
        story.drain()
        died = next(deaths for names, deaths in killer.deaths.items() if name in names)
        story.adds_up(sampler.health()[name], since_ns, unpublished=died)
        verdict.count("records", story.taken)
        verdict.count("missed ticks", sampler.health()[name].missed)
        verdict.count("records counted that a death kept from being published",
                      sampler.health()[name].records - story.taken)
    killed = len(killer.detected_within)
    slowest = max(killer.detected_within)
    verdict.require(slowest <= within, f"a death was reported after {slowest} s")
    verdict.require(len(reports) == killed and all("died (killed by SIGKILL) and was started again"
                                                   in text for text in reports),
                    f"{killed} deaths, and reports {reports}")
    verdict.count("deaths", killed)
    verdict.largest("s at most until one was noticed", slowest)
    return killed


def main():
    arguments, chance, verdict = begun("worker-kill", __doc__, count=(1000,),
                                        within=(1.0, "seconds that it may take"))
    for method in set(METHODS):         # what Python itself keeps for each, from here on
        with hzstat.Sampler({"loadavg": 100}, context=multiprocessing.get_context(method)):
            pass
    left = arguments.count
    for number in itertools.count():
        if left <= 0:
            break
        before, shm = held(), in_shm()
        left -= one_sampler(left, 1 + number % 2, METHODS[number % len(METHODS)], chance,
                            arguments.within, verdict)
        after = held()
        verdict.count("samplers")
        verdict.require(after == before, f"left behind: {before} became {after}")
        verdict.require(not (left_names := left_in_shm(shm)), f"{left_names} in /dev/shm")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
