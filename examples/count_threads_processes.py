"""Count down in one go, by two threads, by two processes, and by two threads without the GIL.

    python examples/count_threads_processes.py [20000000]

Python's threads take turns, so two of them are no faster than one. Processes run side by side, and
so do threads while they run code that has let go of the GIL, as hzstat's samplers do.
"""
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import hzstat.bench

JOBS = 2


def count(n):
    """Down to 0; how many steps that took."""
    steps = 0
    while n > 0:
        n -= 1
        steps += 1
    return steps


def together(pool, n):
    with pool(JOBS) as workers:
        return sum(workers.map(count, [n // JOBS] * JOBS))


def told(title, work, *arguments):
    start = time.perf_counter()
    steps = work(*arguments)
    show(title, steps, time.perf_counter() - start)


def show(title, steps, seconds):
    print(f"{title:<28}{steps:>13,} steps{seconds:8.2f} s", flush=True)


def main(n):
    told("one after the other", count, n)
    told("two threads", together, ThreadPoolExecutor, n)
    told("two processes", together, ProcessPoolExecutor, n)
    free = hzstat.bench.countdown(100 * n, JOBS, "nogil-threads")
    show("two threads without the GIL", free.jobs["counted"].sum(), free.seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000)
