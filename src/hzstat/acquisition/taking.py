"""The loop that takes events, until a limit is reached, it is told to stop, or no more come."""
from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, Protocol

    from .plan import Limits

    class Store(Protocol):
        """Where events go."""

        taken: int

        def put(self, value: Any, got_ns: int) -> None: ...
        def account(self, dead_ns: int) -> None: ...

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


def take(producer: Any, store: Store, limits: Limits, stopped: Callable[[], str | None],
         obey: Callable[[], str | None]) -> str:
    """Take events into `store`, which is told what each has cost; why no more are taken.

    stopped(): the reason to take no more, now; obey(): the same after it did what it was told to
    do, between two events."""
    with closing(values_of(producer)) as values:
        try:
            return taken_of(values, store, limits, stopped, obey)
        finally:
            limits.end()        # before it is closed, which may take a while


def taken_of(values: Iterator[Any], store: Store, limits: Limits,
             stopped: Callable[[], str | None], obey: Callable[[], str | None]) -> str:
    """take(), with the values as they come."""
    now = time.monotonic_ns
    if reason := obey():
        return reason
    for value in values:
        got_ns = now()
        reason = stopped() or ("timeout" if got_ns >= limits.until_ns else None)
        if reason:
            return reason
        if value is None:
            time.sleep(NAP_SECONDS)
        else:
            store.put(value, got_ns)
            store.account(now() - got_ns)
            if store.taken == limits.events:
                return "events"
        if reason := obey():
            return reason
    return "ended"
