"""Kills recordings with SIGKILL, at random instants of their lives.

    python tests/faults/record_kill.py [--count 500] [--within 1] [--seed N]

Mostly all of it at once, the recorder and its workers: what is there opens then with numpy alone,
says that it was cut short, and has every record up to the last flush. One time in five a worker
alone: it is started again, and all the records that the rings had are in the files. The rings are
looked at from outside, by attach(), and stay readable when their owner is dead.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from checks import PERIOD_NS, RATE_HZ, SOURCES, begun

import hzstat

FLUSH_SECONDS = 0.05
LIFE_SECONDS = 1.2


class Recording:
    """One that runs, in a process group of its own."""

    def __init__(self, path, jobs):
        self.path = Path(path)
        self.jobs = jobs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hzstat", "record", "-o", path, f"-r{RATE_HZ}", f"-j{jobs}",
             f"--flush={FLUSH_SECONDS}"], stderr=subprocess.PIPE, text=True,
            start_new_session=True)

    def rings(self, until):
        """All its rings, as a stranger sees them; None if they aren't there `until` then."""
        while time.monotonic() < until:
            try:
                found = hzstat.attach(self.process.pid)
                if set(found) == set(SOURCES):
                    return {name: found[name] for name in SOURCES}
            except (hzstat.NoSampler, hzstat.NotPermitted):
                pass
            time.sleep(0.005)
        return None

    def workers(self):
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_all(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def meta(self):
        return json.loads((self.path / "meta.json").read_text())

    def load(self, name):
        return np.load(self.path / (name.replace("/", "__") + ".npy"), mmap_mode="r")


def all_of(view):
    """Every record of the ring."""
    found = [view.drain()]
    while len(found[-1]):
        found.append(view.drain())
    return np.concatenate(found)


def same(records, ring):
    """Are these the ring's first records?"""
    ring = ring[:len(records)]
    rows = records["data"].shape[1]
    return (len(ring) == len(records)
            and all((records[field] == ring[field]).all() for field in records.dtype.names[:-1])
            and (records["data"] == ring["data"][:, :rows]).all()
            and not ring["data"][:, rows:].tobytes().strip(b"\0"))


def whole(name, records, verdict):
    """Does each record fit to the one before?"""
    verdict.require((np.diff(records["tick"]) > 0).all(), f"{name}: a tick twice, or late")
    verdict.require((records["time_ns"] - records["late_ns"] == records["tick"] * PERIOD_NS).all(),
                    f"{name}: times of another tick")
    verdict.require((records["status"] == 0).all(), f"{name}: status {set(records['status'])}")
    verdict.count("records", len(records))


def all_die(recording, lifetime, within, verdict):
    killed_at = time.monotonic() + lifetime
    rings = recording.rings(killed_at)
    time.sleep(max(0.0, killed_at - time.monotonic()))
    recording.kill_all()
    kept = {name: all_of(view) for name, view in (rings or {}).items()}
    files = set(os.listdir(recording.path)) if recording.path.exists() else set()
    if "meta.json" not in files:
        verdict.require(files <= {"meta.json.new"}, f"before meta.json there were {files}")
        verdict.count("killed before they began")
        return
    verdict.require(recording.meta()["ended"] is None, "it says that it ended")
    for name in SOURCES:
        if name.replace("/", "__") + ".npy" not in files:
            verdict.count("files that weren't there yet")
            continue
        records = recording.load(name)
        whole(name, records, verdict)
        if name not in kept:
            continue
        verdict.require(same(records, kept[name]), f"{name}: other records than in the ring")
        verdict.count("files that were compared with their rings")
        unsaved = kept[name]["time_ns"][len(records):]
        if len(unsaved):
            age = int(unsaved[-1] - unsaved[0]) / 1e9
            verdict.largest("s at most that were not in the files", age)
            verdict.require(age <= FLUSH_SECONDS + within, f"{name}: {age} s are not there")
    verdict.count("recordings killed in their lives")


def a_worker_dies(recording, lifetime, within, verdict):
    rings = recording.rings(time.monotonic() + 20)
    if not verdict.require(rings, "no rings within 20 s"):
        recording.kill_all()
        return
    while len(before := recording.workers()) < recording.jobs:      # the rings come first
        time.sleep(0.002)
    time.sleep(lifetime)
    victim = before[-1]
    os.kill(victim, signal.SIGKILL)
    died = time.monotonic()
    while len(now := recording.workers()) < len(before) or victim in now:
        time.sleep(0.002)
        if time.monotonic() > died + 20:
            break
    verdict.require(time.monotonic() - died <= within, "it wasn't started again in time")
    heads = {name: view.ring.head for name, view in rings.items()}
    while any(view.ring.head < heads[name] + 5 for name, view in rings.items()):
        time.sleep(0.01)
        if time.monotonic() > died + 20:
            break
    recording.process.send_signal(signal.SIGINT)
    said = recording.process.communicate(timeout=60)[1]
    verdict.require(recording.process.returncode == 0 and "was started again" in said, said)
    ended = recording.meta()["ended"]
    for name, view in rings.items():
        records, kept = recording.load(name), all_of(view)
        whole(name, records, verdict)
        verdict.require(len(records) == len(kept) and same(records, kept),
                        f"{name}: {len(records)} records in the file, {len(kept)} in the ring")
        health = ended["health"][name]
        unpublished = health["records"] - len(records)      # counted, and then it died
        gaps = int((np.diff(records["tick"]) - 1).sum())
        verdict.require(0 <= unpublished <= 1 and health["lost"] == 0
                        and gaps <= health["missed"] + unpublished,
                        f"{name}: {gaps} ticks are not there, and {health} tells of others")
        verdict.count("missed ticks", health["missed"])
    verdict.count("workers killed")


def main():
    arguments, chance, verdict = begun(
        "record-kill", __doc__, count=(500,),
        within=(1.0, "seconds that a flush, or a worker's start, may be late"))
    for number in range(arguments.count):
        with tempfile.TemporaryDirectory() as folder:
            recording = Recording(f"{folder}/run", 1 + number % 2)
            lifetime = chance.uniform(0, LIFE_SECONDS)
            if number % 5 == 4:
                a_worker_dies(recording, lifetime / 2, arguments.within, verdict)
            else:
                all_die(recording, lifetime, arguments.within, verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
