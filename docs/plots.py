"""The plots of docs/timing.md, from runs on this machine: `make plots` (needs matplotlib)."""
from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import hzstat
from hzstat import shares
from hzstat.bench.loops import SOURCES
from hzstat.busy import busy as busy_of
from hzstat.busy import counters
from hzstat.cpu_source import SOURCES as SOURCES_OF_CPU
from hzstat.cpu_source import reason_against

FORK = multiprocessing.get_context("fork")
BURST_SECONDS = 0.04
CPU = max(os.sched_getaffinity(0))
FOLDER = Path(__file__).with_name("plots")


def busy(spin_seconds: float, every_seconds: float, spans) -> None:
    """Spin for so long, so often, on one CPU; where each span began goes into `spans`."""
    os.sched_setaffinity(0, {CPU})
    begin = time.monotonic()
    for number in range(len(spans)):
        time.sleep(max(0.0, begin + number * every_seconds - time.monotonic()))
        spans[number] = start = time.monotonic()
        while time.monotonic() - start < spin_seconds:
            pass


def sampled(rates_hz, seconds, spin_seconds, every_seconds, **options):
    """Records of each source while CPU is busy like that, and when its spans began (ns)."""
    spans = FORK.Array("d", int(seconds / every_seconds) + 1, lock=False)
    with hzstat.Sampler(rates_hz, jobs=1, ring_seconds=seconds + 2, context=FORK,
                        **options) as sampler:
        time.sleep(0.2)
        spinner = FORK.Process(target=busy, args=(spin_seconds, every_seconds, spans))
        spinner.start()
        spinner.join()
        time.sleep(0.1)
        records = {name: sampler[name].drain() for name in sampler}
        offset = sampler.board.now_ns() - time.monotonic_ns()
    return records, np.array(spans) * 1e9 + offset


def busy_ticks(records):
    """(time in s, ticks that CPU was busy) since the first record."""
    rows = records["data"][records["data"]["cpu"] == CPU]
    ticks = sum(rows[field].astype(float) for field in shares.BUSY_FIELDS)
    return records["time_ns"] / 1e9, ticks - ticks[0]


def burst(figure: Figure) -> None:
    """40 ms of work once a second: over each second, and over each 50 ms."""
    records, spans = sampled({"stat": 1000}, 6, BURST_SECONDS, 1.0,
                             pin=min(os.sched_getaffinity(0)))
    times, ticks = busy_ticks(records["stat"])
    times -= spans[0] / 1e9 - 0.5
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, window, title in ((upper, 1.0, "over each second, as a one-second tool has it"),
                                (lower, shares.WINDOW_NS / 1e9,
                                 "over each 50 ms, from 1000 samples a second")):
        ends = np.arange(0, 6 + window / 2, window if window == 1 else window / 10)
        grown = np.interp(ends, times, ticks) - np.interp(ends - window, times, ticks)
        axes.step(ends, 100 * grown / window / shares.USER_HZ, where="pre", linewidth=1)
        axes.set(ylim=(0, 105), ylabel=f"CPU {CPU} busy, %", title=title)
    lower.set(xlim=(0, 6), xlabel="seconds")


def steps(figure: Figure) -> None:
    """What each CPU source says of a CPU that is busy for 30 % of every 7 ms: as it is booked, and
    as hzstat puts it back."""
    here = [one for one in SOURCES_OF_CPU if reason_against(one) is None]
    records, spans = sampled({"stat": 1000, **{one.source: 1000 for one in here}}, 0.6, 0.0021,
                             0.007, pin=min(os.sched_getaffinity(0)))
    begin = spans[20]
    edges = np.sort(np.concatenate((spans, spans + 2.1e6)))
    truth = np.repeat(np.arange(len(spans)), 2) * 2.1 + np.tile((0, 2.1), len(spans))
    times, ticks = busy_ticks(records["stat"])
    lines = {"/proc/stat": (1e9 * times, 1e3 / shares.USER_HZ * ticks)}
    put_back = dict(lines)
    for one in here:
        good = records[one.source]
        stamps, counts = counters(one, good, np.array([CPU]))
        grown = (counts - counts[0])[:, 0].astype(float) * one.unit_ns
        lines[one.name] = stamps, (stamps - stamps[0] - grown if one.idle else grown) / 1e6
        found = busy_of(one, good, np.array([CPU]))
        put_back[one.name] = found.times[:found.known], found.busy_ns[:found.known] / 1e6
    both = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, curves, title in zip(both, (lines, put_back), ("as booked", "put back"),
                                   strict=True):
        axes.plot((edges - begin) / 1e6, truth - 20 * 2.1, color="black", linewidth=2.5, alpha=0.3,
                  label="busy in truth")
        for name, (at, ms) in curves.items():
            axes.step((at - begin) / 1e6, ms - np.interp(begin, at, ms), where="post", label=name)
        axes.set(xlim=(0, 100), ylim=(-6, 40), xlabel="ms", title=title)
        axes.legend(fontsize=8)
    both[0].set_ylabel(f"ms of CPU {CPU} that were busy")


def lateness(figure: Figure) -> None:
    """How late ticks are, as the share of them that is later than that."""
    axes = figure.subplots()
    ways = {"100 Hz": (100, {}), "1000 Hz": (1000, {}), "5000 Hz": (5000, {}),
            "1000 Hz, --spin 100": (1000, {"spin_us": 100})}
    for name, (rate, options) in ways.items():
        with hzstat.Sampler(dict.fromkeys(SOURCES, rate), jobs=1, ring_seconds=11, context=FORK,
                            **options) as sampler:
            time.sleep(10)
            late_us = np.sort(sampler[SOURCES[0]].drain()["late_ns"]) / 1e3
        axes.plot(late_us, 1 - np.arange(len(late_us)) / len(late_us), label=name)
    axes.set(xscale="log", yscale="log", xlabel="lateness, us", ylabel="share of ticks later")
    axes.legend()


PLOTS = {"burst": (burst, (7, 4.5)), "steps": (steps, (8, 3.8)), "lateness": (lateness, (7, 3.5))}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PLOTS:
        draw, size = PLOTS[name]
        figure = Figure(size, layout="constrained")
        draw(figure)
        figure.savefig(FOLDER / f"{name}.png", dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()
