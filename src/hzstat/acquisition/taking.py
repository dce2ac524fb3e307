"""The loop that takes events, until a limit is reached, it is told to stop, or no more come."""
from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Protocol

    from .plan import Limits

    class Store(Protocol):
        """Where events go."""

        taken: int
        dead_ns: int            # in which nothing could be taken because of an event before

        def put(self, value: Any, got_ns: int) -> None: ...
        def end(self, reason: str) -> None: ...

    class Orders(Protocol):
        """What there is to heed between two events."""

        def stopped(self) -> str | None:
            """The reason to take no more, now."""
        def given(self) -> bool:
            """Is there something to obey?"""
        def obey(self) -> str | None:
            """The reason to take no more, after all was done that was told."""

NAP_SECONDS = 0.0001        # after a None


def values_of(producer: Any) -> Generator[Any, None, None]:
    """What a producer produces: a callable is asked again and again until it raises StopIteration,
    or once where what it returns is an iterator; anything else is iterated over."""
    if not callable(producer):
        yield from producer
        return
    try:
        value = producer()
        if isinstance(value, Iterator):
            yield from value
            return
        while True:
            yield value
            value = producer()
    except StopIteration:
        return


def take(producer: Any, store: Store, limits: Limits, orders: Orders) -> None:
    """Take events into `store`, which is told the time that this costs, and why no more are."""
    with closing(values_of(producer)) as values:
        reason = "failed"
        try:
            reason = taken_of(values, store, limits, orders)
        finally:
            limits.end()
            store.end(reason)       # before it is closed, which may take a while


def taken_of(values: Iterator[Any], store: Store, limits: Limits, orders: Orders) -> str:
    """take(), with the values as they come; why no more are."""
    now = time.monotonic_ns
    if reason := orders.obey():
        return reason
    for value in values:
        got_ns = now()
        reason = orders.stopped() or ("timeout" if got_ns >= limits.until_ns else None)
        if reason:
            return reason
        if value is None:
            time.sleep(NAP_SECONDS)
        else:
            store.put(value, got_ns)
        given = orders.given()      # which costs time, and obeying doesn't count
        if value is not None:
            store.dead_ns += now() - got_ns
            if store.taken == limits.events:
                return "events"
        if given and (reason := orders.obey()):
            return reason
    return "ended"
