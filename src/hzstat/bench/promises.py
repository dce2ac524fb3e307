"""What a transport promises: order, loss, and what becomes of one side when the other is killed.

Tried, not looked up: real processes at full speed are killed at a random moment, several times.
Each record is its tick over and over, so that half of one would show.
"""
from __future__ import annotations

import contextlib
import mmap
import random
import time
from collections import Counter
from dataclasses import dataclass

from .frame import Column, Table
from .ipc import here
from .pairs import Child, as_receiver, as_sender, begin, move, pair, processes
from .transport import NAP_SECONDS
from .transports import TRANSPORTS, ByPipe, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .transport import Transport

COLUMNS = (Column("order", "in order"), Column("loss", "lost at full speed"),
           Column("receiver_killed", "receiver killed: the sender"),
           Column("sender_killed", "sender killed: the receiver"))
SENT, RECEIVED, TORN = range(3)         # words of the marks, which outlive a kill
SENDER, RECEIVER = range(2)
SIDES = {SENDER: "sender", RECEIVER: "receiver"}
MOVED_SECONDS = 0.05
KILL_SECONDS = 0.0, 0.01                # from one kill to the next
SETTLE_SECONDS = 0.3                    # until whoever fills something has filled it
STILL_SECONDS = 0.2                     # without a record: it waits
NEW_ONE_SECONDS = 0.5                   # for one who takes the place of the killed
START_SECONDS = 5.0
WEIGHT = 5.0                            # as a step of the progress: a second and more
WAITS, GOES_ON = "waits for a new one", "goes on"
STUCK = "stuck for good"                # not even a new process in the other's place helps


def promises(names: Sequence[str], size: int, tries: int,
             step: Callable[[str, float], None]) -> Table:
    """One row a transport; ring-cython is the same ring."""
    table = Table("promises", f"what each promises: {tries} kills of either side at full speed, "
                  f"records of {size} bytes", "transport", COLUMNS, "")
    for name in here(tried(names), table):
        step(f"kills, {name}", WEIGHT)
        run = move(name, size, MOVED_SECONDS)
        lost = 100 * (1 - run.received / run.sent)
        trials = kills(name, size, tries)
        table.texts[name] = {
            "order": "no" if run.astray else "yes",
            "loss": f"{lost:.1f} %" if run.received < run.sent else "none",
            **{f"{side}_killed": summary([one for one in trials if one.victim == victim])
               for victim, side in SIDES.items()}}
    if any(STUCK in words for texts in table.texts.values() for words in texts.values()):
        table.findings.append(f"{STUCK}: a lock was left held or a signal lost, and a new process "
                              "in the place of the killed one got nothing through, either")
    return table


def tried(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys("ring" if name == "ring-cython" else name for name in names))


def steps(names: Sequence[str]) -> int:
    return sum(not missing(name) for name in tried(names))


@dataclass
class Trial:
    """One kill. `survivor`: what the other side does; `never`: how many records that had been sent
    it didn't get; `replaced`: did records move again when a new process took the place?"""

    transport: Transport
    victim: int
    children: list[Child]
    marks: memoryview
    survivor: str = ""
    never: int = 0
    torn: int = 0
    replaced: bool = False

    @property
    def words(self) -> str:
        if self.replaced or self.survivor not in (WAITS, GOES_ON):
            return self.survivor
        return STUCK if self.survivor == WAITS else f"{GOES_ON}, but a new one is {STUCK}"

    def kill(self) -> None:
        process = self.children[self.victim].process
        process.kill()
        process.join()

    def look(self, before: Sequence[int]) -> None:
        """What the survivor has done since the marks were these."""
        survivor = 1 - self.victim
        connection = self.children[survivor].connection
        mark = SENT if survivor == SENDER else RECEIVED
        if connection.poll():
            try:
                self.survivor = connection.recv()
            except EOFError:
                self.survivor = "ends without a word"
        else:
            self.survivor = WAITS if self.marks[mark] == before[mark] else GOES_ON
        if survivor == RECEIVER and self.transport.sort == "queue":
            self.never = max(0, self.marks[SENT] - self.marks[RECEIVED])

    def new_one(self) -> tuple[object, ...]:
        return ((as_sender, self.transport, send_on, self.marks) if self.victim == SENDER
                else (as_receiver, self.transport, receive_on, self.marks))


def kills(name: str, size: int, tries: int) -> list[Trial]:
    """So many of either side, all at once: most of their time is waiting. Only those in which
    records had moved before the kill, as the others say nothing of it."""
    with contextlib.ExitStack() as stack:
        trials = [stack.enter_context(trial(name, size, victim))
                  for _ in range(tries) for victim in SIDES]
        for one in trials:
            begin(one.children, START_SECONDS)
        trials = [one for one in trials if await_mark(one.marks, 1, START_SECONDS)]
        for one in trials:
            time.sleep(random.uniform(*KILL_SECONDS))
            one.kill()
        time.sleep(SETTLE_SECONDS)
        before = [one.marks.tolist() for one in trials]
        time.sleep(STILL_SECONDS)
        for one, marks in zip(trials, before, strict=True):
            one.look(marks)
        able = [one for one in trials if not isinstance(one.transport, ByPipe)]
        sent = [one.marks[SENT] for one in able]
        new = stack.enter_context(processes([one.new_one() for one in able]))
        begin(new, START_SECONDS)
        end = time.monotonic() + NEW_ONE_SECONDS
        for one, number in zip(able, sent, strict=True):
            # Beyond the one that the killed may have sent without saying so.
            one.replaced = await_mark(one.marks, number + 2, max(0, end - time.monotonic()))
        for one in trials:
            one.torn = one.marks[TORN]
        return trials


@contextlib.contextmanager
def trial(name: str, size: int, victim: int) -> Iterator[Trial]:
    transport = TRANSPORTS[name](size)
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    marks = memoryview(shared).cast("q")
    try:
        with pair(transport, send_on, receive_on, marks) as children:
            yield Trial(transport, victim, children, marks)
    finally:
        marks.release()
        shared.close()
        transport.close()


def await_mark(marks: memoryview, received: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while marks[RECEIVED] < received and time.monotonic() < end:
        time.sleep(NAP_SECONDS)
    return marks[RECEIVED] >= received


def summary(trials: Sequence[Trial]) -> str:
    """Such as `waits for a new one (4 of 5), stuck for good (1 of 5)`."""
    if not trials:
        return f"no record moved within {START_SECONDS:g} s"
    seen = Counter(one.words for one in trials).most_common()
    said = [words if len(seen) == 1 else f"{words} ({count} of {len(trials)})"
            for words, count in seen]
    never, torn = max(one.never for one in trials), sum(one.torn for one in trials)
    if never:
        said.append(f"up to {never} records never come")
    if torn:
        said.append(f"{torn} records torn")
    return ", ".join(said)


# What the children do, until they are killed or learn that the other side is gone.

def send_on(transport: Transport, marks: memoryview) -> str:
    words = transport.size // 8
    try:
        while True:
            tick = marks[SENT] + 1
            transport.send(bytearray(tick.to_bytes(8, "little") * words))
            marks[SENT] = tick
    except Exception as failure:
        return type(failure).__name__


def receive_on(transport: Transport, marks: memoryview) -> str:
    size = transport.size
    try:
        while True:
            records = bytes(transport.receive())
            if not records:
                transport.rest()
            for at in range(0, len(records), size):
                record = records[at:at + size]
                marks[TORN] += record != record[:8] * (size // 8)
                marks[RECEIVED] = int.from_bytes(record[:8], "little")
    except Exception as failure:
        return type(failure).__name__
