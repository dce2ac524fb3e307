"""make stress: one writer at full speed, readers in processes of their own that look at each
record, and a count of what they saw. Exit status 1 where a record was torn or not accounted for.

With --broken a part of the protocol is left out, and then it has to find that.
"""
import argparse
import multiprocessing
import os
import sys

from hzstat._flood import Consumer, Unchecked, Unmarked, produce
from hzstat._ring import Ring

COLUMNS = ("read", "lost", "overtaken", "torn", "astray")
BROKEN = {"check": (Ring, Unchecked), "mark": (Unmarked, Ring)}     # the writer's, the readers'
AT_ONCE = 1 << 20           # records between two looks at whether the others are still there
PATIENCE_SECONDS = 60       # without any record


def write(ring, count, results):
    seconds = 0.0
    for end in range(AT_ONCE, count + AT_ONCE, AT_ONCE):
        seconds += produce(ring, min(end, count))
    results.put(("writer", seconds))


def read(kind, ring, number, count, results):
    """Look at all records: as a stranger does, who came by the memory alone."""
    consumer = Consumer(kind.at(os.dup(ring.fd)))
    before = -1
    while not consumer.run(count, PATIENCE_SECONDS):
        if before == ring.head:
            sys.exit(f"the writer has stopped at {before:,}")
        before = ring.head
    results.put((number, [getattr(consumer, column) for column in COLUMNS]))


def stress(count, readers, slots, words, broken):
    """Run it: the writer's seconds, and each reader's counts in the order of COLUMNS."""
    writers, readers_kind = BROKEN.get(broken, (Ring, Ring))
    context = multiprocessing.get_context("fork")
    ring, results = writers(8 * words, slots), context.SimpleQueue()
    workers = [context.Process(target=read, args=(readers_kind, ring, n, count, results))
               for n in range(readers)]
    workers.append(context.Process(target=write, args=(ring, count, results)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit("a process has failed")
    found = dict(results.get() for _ in workers)
    return found.pop("writer"), [found[n] for n in range(readers)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=float, default=1e8, help="how many (default: 1e8)")
    parser.add_argument("--readers", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--slots", type=int, default=1024, help="of the ring (default: 1024)")
    parser.add_argument("--words", type=int, default=8,
                        help="of 8 bytes, that a record has at most (default: 8)")
    parser.add_argument("--broken", choices=BROKEN, help="leave this part of the protocol out")
    given = parser.parse_args()
    count = int(given.records)
    seconds, counts = stress(count, given.readers, given.slots, given.words, given.broken)
    print(f"{count:,} records of up to {8 * given.words} bytes in {given.slots} slots: "
          f"{seconds:.1f} s, {count / seconds / 1e6:.1f} million/s")
    print(" ".join(f"{column:>15}" for column in COLUMNS))
    for row in counts:
        print(" ".join(f"{number:15,}" for number in row))
    faults = []
    if any(row[3] for row in counts):
        faults.append("records were torn")
    if any(row[4] for row in counts):
        faults.append("records came twice, in disorder or uncalled for")
    if any(row[0] + row[1] != count for row in counts):
        faults.append(f"read + lost isn't {count:,}")
    print("; ".join(faults) or "none torn, none uncounted")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
