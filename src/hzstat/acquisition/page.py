"""The words that the manager, the producer and the processor share (`_words.Words`), and how
often each looks round for what nobody tells it."""
from __future__ import annotations

CONTROL = 0             # changed by the manager whenever it has something to say to the producer
STOP = 1                # take no more; set by the manager, who then changes CONTROL
OVER = 2                # nothing is taken any more, and no ring will come
READY = 3               # the processor is
DRAINED = 4             # events that the processor has copied out of the ring: room for others
DROPPED = 5             # events that found no room
DEAD_NS = 6             # time in which the producer couldn't take data because of us
COUNT = 7

LOOK_SECONDS = 0.25
