"""The live view: ten times a second what is new is taken up and drawn, and keys change what is
shown."""
from __future__ import annotations

import os
import time
from bisect import bisect_left, bisect_right

from hzstat import units
from hzstat.errors import RecordingError

from . import help
from .feeds import feeds_of
from .frame import AROUND, LOWEST, NARROWEST, Extent, heading, too_small
from .groups import GROUPS
from .health import Health
from .lanes import narrow
from .line import Line
from .pictures import Pictures
from .styles import BOLD, DIM, RAISED
from .timeline import Timeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from hzstat.cpu_source import CpuSource
    from hzstat.sampler import Sampler

    from .feeds import Records
    from .glyphs import Glyphs
    from .screen import Screen

    Held = tuple[dict[str, Records], Mapping[str, int]]

FRAME_SECONDS = 0.1
TOLD_SECONDS = 6.0
STEPS_HZ = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0)


class Live:
    """What is shown of a sampler. `plain`: nothing but ASCII may be sent to the terminal. `fine`: a
    CPU source that is sampled beside stat."""

    def __init__(self, sampler: Sampler, glyphs: Glyphs, *, plain: bool = False,
                 root: str | None = None, fine: CpuSource | None = None) -> None:
        self.sampler = sampler
        self.plain = plain
        self.root = root
        self.host = narrow(os.fsencode(os.uname().nodename))
        self.feeds = feeds_of(sampler, root, fine)
        self._first_hz = {name: 1e9 / feed.period_ns for name, feed in self.feeds.items()}
        self._steps = 0
        self.rates_hz = self._first_hz
        self.fastest = max(self.rates_hz, key=lambda name: self.rates_hz[name])
        self.feeds[self.fastest].late = Timeline(1)
        self.health = Health(sampler, self.fastest)
        self.pictures = Pictures(glyphs, "|" if plain else "│", {
            name: str(reason) for name, reason in sampler.unavailable.items()})
        self.helping = self.ended = False
        self.frozen_ns = 0
        self.shown = self.feeds         # what is drawn: a copy while it is frozen
        self._told: list[str] = []      # and not yet seen
        self._kept: list[str] = []
        self._telling, self._told_until = "", 0.0
        self._held: Held | None = None
        self._health = Line()

    def run(self, screen: Screen) -> None:
        """Until a key ends it."""
        due = time.monotonic()
        while not self.ended:
            keys = screen.keys(due - time.monotonic())
            for key in keys:
                self.press(key, screen)
            now = time.monotonic()
            if now >= due or keys:
                if now >= due:
                    self.collect()
                    due = max(due + FRAME_SECONDS, now)
                size = screen.size()
                screen.draw(self.frame(size.columns, size.lines))

    def collect(self) -> None:
        """Take what is new, and look after the workers."""
        self.sampler.check()
        for feed in self.feeds.values():
            feed.collect()

    # -- keys ------------------------------------------------------------------------------

    def press(self, key: str, screen: Screen) -> None:
        self.helping = (key == "?" and not self.helping)
        self._told_until = 0.0          # what was said is seen
        if key in ("q", "Q"):
            self.ended = True
        elif key == " ":
            self.freeze()
        elif key in ("+", "="):
            self.rerate(1)
        elif key in ("-", "_"):
            self.rerate(-1)
        elif key in GROUPS:
            self.pictures.groups ^= {key}
        elif key == "p":
            self.pictures.each_cpu = not self.pictures.each_cpu
        elif key == "w":
            self.write()
        elif key == "\f":
            screen.forget()
        self.pictures.forget()

    def freeze(self) -> None:
        """Keep what is shown as it is; or go on."""
        if self.frozen_ns:
            self.frozen_ns, self.shown, self._held = 0, self.feeds, None
        else:
            self.frozen_ns = self.sampler.board.now_ns()
            self.shown = {name: feed.copy() for name, feed in self.feeds.items()}
            self._held = self.held()    # so that `w` keeps what is seen, and not what came later

    def rerate(self, by: int) -> None:
        """Sample each source so many steps of STEPS_HZ faster, until the fastest can't."""
        wanted = {name: stepped(rate, self._steps + by) for name, rate in self._first_hz.items()}
        if wanted[self.fastest] != self.rates_hz[self.fastest]:
            self._steps += by
            self.rates_hz = wanted
            for name, rate in wanted.items():
                self.sampler.set_rate(name, rate)
                self.feeds[name].rerate(round(1e9 / rate))
            self.health.restart()

    def held(self) -> Held:
        """What `w` writes, and the periods that it was sampled at."""
        from .kept import held
        periods_ns = {name: feed.period_ns for name, feed in self.feeds.items()}
        return held(self.sampler, periods_ns), periods_ns

    def write(self) -> None:
        """Make a recording of the last ten seconds, in the current directory."""
        from hzstat.recordings.folder import new_name

        from .kept import write
        path = new_name()
        try:
            seconds = write(self.sampler, *(self._held or self.held()), self.root, path)
        except RecordingError as failure:
            self.tell(str(failure))
        else:
            self._kept.append(f"{seconds:.1f} s are kept in {path} (hzstat report)")
            self.tell(self._kept[-1])

    def tell(self, text: str) -> None:
        """Say something in the last line, for some seconds."""
        self._told.append(text)

    def to_be_said(self) -> list[str]:
        """What is to be said after the end: what was kept, and what there was no time for."""
        return list(dict.fromkeys([*self._kept, *self._told]))

    # -- what is shown ---------------------------------------------------------------------

    def frame(self, width: int, height: int) -> list[Line]:
        """The lines of the screen, as it is now."""
        if width < NARROWEST or height < LOWEST:
            return too_small(width, height)
        extent = Extent(self.frozen_ns or self.sampler.board.now_ns(), width)
        pictures = self.pictures.lines(self.shown, extent, height - AROUND)
        if self.pictures.renewed:
            self.look_at_health(extent)
        last = self.last_line().with_right(self.whereabouts(), width)
        found = [line if len(line.text) == width else line.fitted(width) for line in (
            heading(extent, self.pictures.rule), *pictures, self._health, last)]
        return help.over(found, self.plain) if self.helping else found

    def look_at_health(self, extent: Extent) -> None:
        self.health.look()
        late = extent.numbers(self.shown[self.fastest].late, 0)
        lost = sum(feed.view.lost for feed in self.feeds.values())
        self._health = self.health.line(self.rates_hz[self.fastest], lost, late and late.p99)

    def last_line(self) -> Line:
        """What there is to tell, or the keys."""
        now = time.monotonic()
        if self._told and now >= self._told_until:
            self._telling, self._told_until = self._told.pop(0), now + TOLD_SECONDS
        line = Line()
        if self.frozen_ns:
            line.add(f"frozen {self.frozen_seconds:.0f} s ago; space goes on  ", BOLD)
        if now < self._told_until:
            said = units.printable(self._telling)
            return line.add(said.encode("ascii", "replace").decode() if self.plain else said,
                            RAISED)
        if self.pictures.hidden:
            line.add(f"{self.pictures.hidden} more need a taller window  ", RAISED)
        for key, meaning in (("q", "end"), ("?", "help"), ("space", "freeze"), ("+-", "rate"),
                             ("cmnld", "groups"), ("p", "CPUs"), ("w", "write")):
            line.add(key, BOLD).add(f" {meaning}  ", DIM)
        return line

    def whereabouts(self) -> str:
        """Which machine that is, and when, by the wall clock: the board's is never set."""
        shown = time.localtime(time.time() - self.frozen_seconds)
        return f"{self.host} {time.strftime('%H:%M:%S', shown)}"

    @property
    def frozen_seconds(self) -> float:
        """For how long; 0 where it goes on."""
        return (self.sampler.board.now_ns() - self.frozen_ns) / 1e9 if self.frozen_ns else 0.0


def stepped(rate_hz: float, steps: int) -> float:
    """The rate so many steps of STEPS_HZ above this one, or below; at most the last of them."""
    if steps == 0:
        return rate_hz
    place = bisect_right(STEPS_HZ, rate_hz) - 1 if steps > 0 else bisect_left(STEPS_HZ, rate_hz)
    found = STEPS_HZ[max(0, min(place + steps, len(STEPS_HZ) - 1))]
    return max(found, rate_hz) if steps > 0 else min(found, rate_hz)
