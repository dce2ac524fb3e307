"""Samples for a long time, and looks whether anything grows or goes missing.

    python tests/faults/soak.py [--seconds 3600]

Four sources at 1 kHz, with a reader that drains ten times a second. Prints a line a minute (ten in
all where it is shorter than that): memory is what is resident without the rings, Pss its fair
share.
"""
import argparse
import os
import sys
import time
from pathlib import Path

from checks import RATE_HZ, SOURCES, Story, Verdict, started_ns, truth

import hzstat

SLACK_KB = 2048         # of the allocator; a byte a record would be 14,000 an hour
DRAINS_HZ = 10


def memory_kb(pid):
    """(resident, Pss) of a process in kB, its rings and board apart."""
    resident = pss = 0
    ours = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if not line.split()[0].endswith(":"):
            ours = "/memfd:hzstat" not in line
        elif ours and line.startswith("Rss:"):
            resident += int(line.split()[1])
        elif ours and line.startswith("Pss:"):
            pss += int(line.split()[1])
    return resident, pss


def state_of(pid):
    return {"fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": len(os.listdir(
        f"/proc/{pid}/task")), "memory": memory_kb(pid)}


def show(seconds, states, stories, health):
    told = "  ".join("{}: {} kB resident, {} Pss, {} fds, {} threads".format(
        who, *state["memory"], state["fds"], state["threads"]) for who, state in states.items())
    print(f"{seconds:6.0f} s  {told}  records {sum(story.taken for story in stories):,}, missed "
          f"{sum(of.missed for of in health.values()):,}, lost "
          f"{sum(of.lost for of in health.values()):,}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600)
    seconds = parser.parse_args().seconds
    verdict = Verdict("soak")
    every = min(60.0, seconds / 10)
    seen = []
    before = truth()
    with hzstat.Sampler(dict.fromkeys(SOURCES, RATE_HZ), jobs=1) as sampler:
        since_ns, start = started_ns(sampler), time.monotonic()
        worker, = sampler.pids()
        stories = [Story(sampler[name], verdict, before) for name in SOURCES]
        while (elapsed := time.monotonic() - start) < seconds:
            for story in stories:
                story.drain()
            sampler.check()
            if elapsed >= every * (len(seen) + 1):
                seen.append({"caller": state_of(os.getpid()), "worker": state_of(worker)})
                show(elapsed, seen[-1], stories, sampler.health())
            time.sleep(1 / DRAINS_HZ)
        verdict.require(list(sampler.pids()) == [worker], "the worker is another one")
    for story in stories:
        story.drain()
        of = sampler.health()[story.view.name]
        story.adds_up(of, since_ns)
        for what in ("planned", "records", "missed", "lost"):
            verdict.count(what, getattr(of, what))
    for who in ("caller", "worker"):
        for what in ("fds", "threads"):
            numbers = {state[who][what] for state in seen}
            verdict.require(len(numbers) == 1, f"{who}: {what} from {min(numbers)} to "
                            f"{max(numbers)}")
        first, *later = (max(state[who]["memory"]) for state in seen)
        growth = max(later) - first
        verdict.require(growth <= SLACK_KB, f"{who}: {growth} kB more than after the first look")
        verdict.counts[f"kB of growth in the {who}"] = growth
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
