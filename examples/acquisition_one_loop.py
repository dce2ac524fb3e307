"""Take data and process it in one loop, as one begins: while a value is processed, none is taken.

    python examples/acquisition_one_loop.py [events [seconds]]

An instrument gives a value every few milliseconds, until there are enough of them or the time is
up; processing one takes longer than that. The dead time, told at the end, is the share in which
nobody looked at the instrument. acquisition_split.py does the same with next to none.
"""
import random
import sys
import time
from datetime import datetime

from hzstat.acquisition import one_loop

MEAN, STD = 10, 0.6
DELAYS_MS = 2, 8
PROCESSING_SECONDS = 0.02


def measure():
    """One value of the instrument, when it has it."""
    time.sleep(random.uniform(*DELAYS_MS) / 1e3)
    return random.gauss(MEAN, STD)


class Show:
    """Processes events, one after the other, and shows each tenth."""

    def __init__(self):
        self.processed = 0

    def __call__(self, events):
        for event in events:
            time.sleep(PROCESSING_SECONDS)
            self.processed += 1
            if self.processed % 10 == 0:
                when = datetime.fromtimestamp(event["time_ns"] / 1e9)
                print(f"{when:%x %X}: {event['value']:.2f}", flush=True)


def tell(result):
    print(f"{result.events} events of {result.taken} taken in {result.elapsed:.2f} s: "
          f"mean {result.mean:.3f}, std {result.std:.3f}")
    print(f"dead time {result.dead_time:.1%}; ended by: {result.reason}")


def main(acquire):
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5
    tell(acquire(measure, Show(), events=events, timeout=seconds))


if __name__ == "__main__":
    main(one_loop)
