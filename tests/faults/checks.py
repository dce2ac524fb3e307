"""What every fault is judged by: records that are whole and honest, and nothing left behind."""
import argparse
import gc
import os
import random
import sys
import time
from pathlib import Path

import numpy as np

RATE_HZ = 1000
PERIOD_NS = 1_000_000_000 // RATE_HZ
SOURCES = ("stat", "meminfo", "net/dev", "loadavg")
GROWING = {
    # Idle and iowait may run backwards, as the kernel says; all others may not.
    "stat": ("user", "nice", "system", "irq", "softirq", "steal", "intr", "ctxt", "processes"),
    "net/dev": ("rx_bytes", "rx_packets", "tx_bytes", "tx_packets"),
}


class Verdict:
    """Counts, and what was violated; end() prints one line and is the exit status."""

    def __init__(self, fault):
        self.fault = fault
        self.counts = {}
        self.violations = []

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def largest(self, what, number):
        self.counts[what] = max(self.counts.get(what, number), number)

    def require(self, fine, text):
        if not fine:
            self.violations.append(text)
            print(f"{self.fault}: {text[:2500]}", file=sys.stderr, flush=True)
        return fine

    def end(self):
        told = [f"{number:.3g} {what}" if isinstance(number, float) else f"{number:,} {what}"
                for what, number in self.counts.items()]
        print(f"{self.fault}: {', '.join([*told, f'{len(self.violations):,} violations'])}",
              flush=True)
        return 1 if self.violations else 0


def begun(fault, about, **options):
    """What a program of random faults begins with: its arguments, the chance that they give, and a
    verdict. `options`: of each the default and, where it takes words, its help."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    for name, (usual, *words) in options.items():
        parser.add_argument(f"--{name}", type=type(usual), default=usual, help=" ".join(words))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"{fault}: --seed {arguments.seed}", file=sys.stderr)
    return arguments, random.Random(arguments.seed), Verdict(fault)


# -- records -------------------------------------------------------------------------------


def truth():
    """What plain Python reads in /proc, for rows to be compared with."""
    stat = Path("/proc/stat").read_text().splitlines()
    return {
        "cpus": [-1, *(int(line.split()[0][3:]) for line in stat[1:] if line.startswith("cpu"))],
        "ctxt": int(next(line for line in stat if line.startswith("ctxt")).split()[1]),
        "interfaces": [line.rpartition(":")[0].strip().encode()
                       for line in Path("/proc/net/dev").read_text().splitlines()[2:]],
        "MemTotal": int(Path("/proc/meminfo").read_text().split()[1]),
    }


def started_ns(sampler):
    """When `sampler` was started, on its own clock."""
    return sampler.board.now_ns() - int(sampler.seconds * 1e9)


class Story:
    """The records of one source, as a reader was handed them: each is looked at, and they have
    to fit together."""

    def __init__(self, view, verdict, before, period_ns=PERIOD_NS):
        """`before`: the truth() from before the Sampler was started."""
        self.view = view
        self.verdict = verdict
        self.before = before
        self.period_ns = period_ns
        self.first_tick = None
        self.last = None            # the newest record
        self.taken = self.gaps = 0

    def drain(self):
        """Take what is new; its records, after a look at each."""
        records = self.view.drain()
        if len(records):
            self.look_at(records)
        return records

    def look_at(self, records):
        name, require = self.view.name, self.verdict.require
        if self.last is not None:
            records = np.concatenate([self.last, records])
        else:
            self.first_tick = int(records["tick"][0])
        steps = np.diff(records["tick"])
        require((steps > 0).all(), f"{name}: a tick came twice, or late: {steps.min(initial=1)}")
        require((records["time_ns"] - records["late_ns"]
                 == records["tick"] * self.period_ns).all(), f"{name}: times of another tick")
        require((records["late_ns"] >= 0).all(), f"{name}: a record before its tick")
        require((records["late_ns"] < self.period_ns).all(), f"{name}: the next tick had come")
        require((records["read_ns"] > 0).all(), f"{name}: a read that took no time")
        require((records["status"] == 0).all(), f"{name}: status {set(records['status'])}")
        require(self.fits(name, records), f"{name}: rows that /proc doesn't have")
        self.taken += len(records) - (self.last is not None)
        self.gaps += int((steps - 1).sum())
        self.last = records[-1:].copy()

    def fits(self, name, records):
        """Do the rows say what /proc says?"""
        known, data = self.before, records["data"]
        rows = {"stat": len(known["cpus"]), "net/dev": len(known["interfaces"])}.get(name, 1)
        if not (records["rows"] == rows).all():
            return False
        data = data[:, :rows]
        grown = all((np.diff(data[field].astype("i8"), axis=0) >= 0).all()
                    for field in GROWING.get(name, ()))
        if name == "stat":
            told = (data["cpu"] == known["cpus"]).all()
            ctxt = data["ctxt"][[0, -1], 0]
            return told and grown and known["ctxt"] <= ctxt[0] <= ctxt[1] <= truth()["ctxt"]
        if name == "net/dev":
            return grown and (data["name"] == known["interfaces"]).all()
        if name == "meminfo":
            return (data["MemTotal"] == known["MemTotal"]).all()
        return bool((data["total"] > 0).all() and (data["running"] <= data["total"]).all())

    def adds_up(self, health, since_ns, unpublished=0):
        """Was each planned tick taken or counted as missed? To be asked after the end.

        `since_ns`: the start of the Sampler. `unpublished`: how many records may have been
        counted by a worker that was killed before it could publish them. Those count as records,
        and show as gaps here.
        """
        name, require = self.view.name, self.verdict.require
        if not require(self.taken > 0, f"{name}: no records"):
            return
        require(self.view.lost == 0, f"{name}: {self.view.lost} lost")
        unseen = health.records - self.taken
        require(0 <= unseen <= unpublished, f"{name}: {unseen} records counted and never seen")
        span = int(self.last["tick"][0]) - self.first_tick + 1
        ahead = health.records + health.missed - span       # missed before the first record
        require(health.planned == health.records + health.missed
                and 0 <= ahead <= self.first_tick - since_ns // self.period_ns,
                f"{name}: planned {health.planned}, records {health.records}, missed "
                f"{health.missed}, but {self.taken} records over {span} ticks")
        require(self.gaps - unseen == health.missed - ahead,
                f"{name}: gaps of {self.gaps} ticks, of which {unseen} taken and unpublished, but "
                f"{health.missed} missed, of which {ahead} at first")


# -- what is left --------------------------------------------------------------------------


def children():
    """The pids of all our children, of every thread."""
    return {int(pid) for task in Path("/proc/self/task").iterdir()
            for pid in (task / "children").read_text().split()}


def held():
    """What this process holds that a Sampler could leave behind."""
    gc.collect()
    return {"children": children(), "fds": set(os.listdir("/proc/self/fd")),
            "threads": set(os.listdir("/proc/self/task")),
            "memfds": Path("/proc/self/maps").read_text().count("/memfd:hzstat")}


def in_shm():
    return set(os.listdir("/dev/shm"))


def left_in_shm(before):
    """What has come there and stays; other programs' semaphores come and go within moments."""
    new = in_shm() - before
    until = time.monotonic() + 10
    while new and time.monotonic() < until:
        time.sleep(0.01)
        new &= in_shm()
    return new


def marked(mark):
    """The pids of all processes with the environment variable `mark` (NAME=value) that live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (mark.encode() in (folder / "environ").read_bytes().split(b"\0")
                    and (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"):
                found.append(int(folder.name))
        except OSError:         # it ended while we looked, or isn't ours to look at
            continue
    return found
