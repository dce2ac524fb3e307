"""Be busy for 40 ms, once a second: what a one-second tool averages away.

    python examples/burst.py &
    vmstat 1 5
    hzstat -c -r 1000 1 5
"""
import sys
import time

BURST_SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 0.04

while True:
    end = time.monotonic() + BURST_SECONDS
    while time.monotonic() < end:
        pass
    time.sleep(1 - BURST_SECONDS)
