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
DONE = 7                # the producer takes nothing any more; it may have to tidy up
ENDED_NS = 8            # when the producer's process began to end itself, as its time was up
COUNT = 9

LOOK_SECONDS = 0.25
GRACE_NS = 5_000_000        # for a producer that has to stop, until it gets a SIGTERM
TIDY_NS = 25_000_000        # and for one that has a handler for that
