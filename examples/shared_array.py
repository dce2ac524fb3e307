"""Processes that work on parts of one array, in memory that they share.

    python examples/shared_array.py [length]

Nothing is sent and nothing copied: each process takes the square roots of its part in place, and
the parent sees them. numpy reads and writes the same memory.
"""
import multiprocessing
import sys
from itertools import pairwise

import numpy as np

PROCESSES = 2


def roots(shared, start, stop):
    part = np.frombuffer(shared)[start:stop]
    np.sqrt(part, out=part)


def main(length):
    shared = multiprocessing.RawArray("d", length)      # no lock: the parts don't overlap
    numbers = np.frombuffer(shared)
    numbers[:] = np.arange(length)
    bounds = [length * number // PROCESSES for number in range(PROCESSES + 1)]
    children = [multiprocessing.Process(target=roots, args=(shared, start, stop))
                for start, stop in pairwise(bounds)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("the first:", *(f"{number:.3f}" for number in numbers[:5]))
    print(f"the last: {numbers[-1]:.3f}")
    print("all are right:", bool(np.allclose(numbers**2, np.arange(length))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
