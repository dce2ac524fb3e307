"""Interrupts the caller and its workers with thousands of signals a second.

    python tests/faults/eintr.py [--seconds 10]

SIGUSR1 has a handler, in Python in the caller and, since they are forked from it, in C in the
workers: so each one ends a sleep or a system call early. SIGCHLD and SIGWINCH are ignored by
default. Nothing may be lost, no read be cut short, no call fail.
"""
import argparse
import os
import signal
import subprocess
import sys

from checks import RATE_HZ, SOURCES, Story, Verdict, started_ns, truth

import hzstat

STORM = """\
import os, signal, sys, time
until, pids = time.monotonic() + float(sys.argv[1]), list(map(int, sys.argv[2:]))
rounds = 0
while time.monotonic() < until:
    for pid in pids:
        for number in (signal.SIGUSR1, signal.SIGCHLD, signal.SIGWINCH):
            os.kill(pid, number)
    rounds += 1
    time.sleep(0.0001)
print(rounds)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    seconds = parser.parse_args().seconds
    verdict = Verdict("eintr")
    signal.signal(signal.SIGUSR1, lambda number, frame: verdict.count("signals that we handled"))
    before = truth()
    with hzstat.Sampler(dict.fromkeys(SOURCES, RATE_HZ), jobs=2) as sampler:
        since_ns = started_ns(sampler)
        stories = {name: Story(sampler[name], verdict, before) for name in SOURCES}
        workers = list(sampler.pids())
        for name in SOURCES:
            sampler[name].latest(10.0)
        with subprocess.Popen([sys.executable, "-c", STORM, str(seconds),
                               *map(str, [os.getpid(), *workers])],
                              stdout=subprocess.PIPE, text=True) as storm:
            first, *others = stories.values()
            for records in first.view.follow(timeout=2.0, batch=0.02):
                first.look_at(records)
                for story in others:
                    story.drain()
                verdict.require(list(hzstat.read("stat")["cpu"]) == before["cpus"],
                                "a read that isn't whole")
                verdict.require(sampler["loadavg"].latest()["status"] == 0, "a latest() that isn't")
                verdict.count("reads of our own")
                if storm.poll() is not None:
                    break
            rounds = int(storm.communicate()[0] or 0)
        verdict.require(storm.returncode == 0, "the storm ended early")
        verdict.require(list(sampler.pids()) == workers, "a worker is another one")
        wakeups = sum(worker.wakeups for worker in sampler.workers())
    for name, story in stories.items():
        story.drain()
        health = sampler.health()[name]
        story.adds_up(health, since_ns)
        for what in ("planned", "records", "missed", "lost"):
            verdict.count(what, getattr(health, what))
    verdict.counts["rounds of three signals to all"] = rounds
    verdict.counts["wake-ups of the workers"] = wakeups
    # A worker wakes once a tick by itself, and four times a second to look round.
    own = 2 * verdict.counts["planned"] // len(SOURCES) + 8 * int(sampler.seconds + 1)
    verdict.require(wakeups > own + rounds // 10, "the signals haven't struck the workers")
    verdict.require(verdict.counts.get("signals that we handled", 0) > 0, "nor us")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
