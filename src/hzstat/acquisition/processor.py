"""The processor's process: it takes events out of the ring, in batches, and processes them."""
from __future__ import annotations

import time

import numpy as np

from hzstat._ring import Ring

from . import page
from .child import settle, told
from .events import TIME, dtype_of
from .links import hand_over, received_ring
from .statistics import Statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

    from hzstat._words import Words

LARGEST_BATCH_BYTES = 1 << 20
# From batch to batch, so that a high rate doesn't cost the producer a wake-up per event. Where the
# ring is so small that it could be filled meanwhile, there is no rest.
REST_SECONDS, REST_SLOTS = 0.002, 2000
STATE_SLOTS = 4             # the newest state is never the one that is written over


def run(link: Connection, caller: int, from_producer: Connection, words: Words,
        process: Any) -> None:
    """Process events until no more come, and tell `link` how that went."""
    settle(caller)
    try:
        words.ring(page.READY, 1)
        ring = the_ring(from_producer, words)
        if ring:
            drain(ring, words, link, process)
        link.send((None, product_of(process)))
    except Exception as raised:
        link.send((told(raised), None))


def product_of(process: Any) -> Any:
    """What its method result() returns, or None where it has none."""
    return process.result() if hasattr(process, "result") else None


def the_ring(from_producer: Connection, words: Words) -> Ring | None:
    """Wait for the ring; None where none will come, since nothing was taken."""
    try:
        over = 0
        while not from_producer.poll(page.LOOK_SECONDS):
            if over:
                return None
            over = words.load(page.OVER)    # before the next look, so that none is left there
        from_producer.recv()        # RING
        return received_ring(from_producer)
    except (EOFError, ConnectionResetError):
        return None


def drain(ring: Ring, words: Words, link: Connection, process: Any) -> None:
    """Process all that comes, each event once; after each batch the manager sees the statistics."""
    dtype = dtype_of(ring.about())
    statistics = Statistics(dtype, TIME)
    states = Ring(statistics.state.nbytes, STATE_SLOTS, name="hzstat-statistics",
                  about=ring.about())
    hand_over(states, link)
    cursor = 0
    room = min(ring.slots, max(1, LARGEST_BATCH_BYTES // ring.record_bytes))
    while True:
        ended = ring.ended          # before the look, so that nothing is left
        if ring.head == cursor:
            if ended:
                return
            ring.wait(cursor, page.LOOK_SECONDS)
            continue
        batch = np.empty(min(ring.head - cursor, room), dtype)
        _, cursor, lost = ring.drain(cursor, batch)
        assert not lost
        words.ring(page.DRAINED, cursor)
        statistics.add(batch)
        if process is not None:
            process(batch)
        states.put(statistics.state)
        if ring.slots > REST_SLOTS and not ring.ended:
            time.sleep(REST_SECONDS)
