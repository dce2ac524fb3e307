"""Pictures of a real screen of `hzstat top`, drawn cell by cell, and of a recording; meanwhile this
machine has something to do: `make plots` (needs pyte and matplotlib)."""
from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import hzstat

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

from terminal import Terminal  # noqa: E402

COLUMNS, LINES, SECONDS = 100, 30, 20
RECORDED_SECONDS = 9
RATES_HZ = {"stat": 1000, "net/dev": 1000, "diskstats": 200, "meminfo": 100}
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 0.0835, 0.17, 9.5         # inches and points
PAPER, INK = "#16181d", "#d8dee9"
DISCARD = ("192.0.2.1", 9)      # of the network that is nobody's: packets leave, none comes back


def work() -> None:
    """Bursts of everything: packets, and a file that is written to the disk."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, suppress(OSError):
            for _ in range(2000):
                sender.sendto(bytes(1400), DISCARD)
        time.sleep(1.3)
        with tempfile.NamedTemporaryFile(dir=ROOT) as file:
            file.write(bytes(32 << 20))
            file.flush()
            subprocess.run(["sync", file.name], check=False)
        time.sleep(1.1)


@contextmanager
def busy() -> Iterator[None]:
    """While in here, the machine works: in bursts."""
    helper = get_context("fork").Process(target=work, daemon=True)
    helper.start()
    burst = subprocess.Popen([sys.executable, str(ROOT / "examples" / "burst.py")])
    try:
        yield
    finally:
        for one in (helper, burst):
            one.kill()
        helper.join()
        burst.wait()


def screen(columns: int, lines: int, seconds: float, keys: str) -> Terminal:
    """What `hzstat top` has drawn after so long."""
    with busy(), Terminal([sys.executable, "-m", "hzstat", "top"], columns, lines) as terminal:
        terminal.until(lambda: "now" in terminal.text)
        terminal.press(keys)
        terminal.look(seconds)
        return terminal


def recorded(rates_hz: dict[str, float], seconds: float) -> hzstat.Recording:
    """What was recorded in so long."""
    with busy(), hzstat.record(rates_hz) as recording:
        time.sleep(seconds)
    return recording


def drawn(terminal: Terminal) -> Figure:
    """The screen as a picture: text as text, and the dots of braille as dots."""
    columns, lines = terminal.screen.columns, terminal.screen.lines
    figure = Figure(((columns + 2) * CELL_WIDTH, (lines + 1) * CELL_HEIGHT), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1, columns + 1), ylim=(lines + 0.5, -0.5))
    axes.axis("off")
    dots: dict[str, list[tuple[float, float]]] = {}
    for y in range(lines):
        for x in range(columns):
            cell = terminal.screen.buffer[y][x]
            ink = f"#{cell.fg}" if re.fullmatch("[0-9a-f]{6}", cell.fg) else INK
            number = ord(cell.data) - 0x2800
            if 0 <= number < 256:
                dots.setdefault(ink, []).extend(places(number, x, y))
            elif cell.data == "│":
                axes.add_patch(Rectangle((x + 0.45, y), 0.1, 1, color=ink, linewidth=0))
            elif cell.data != " ":
                axes.text(x + 0.5, y + 0.52, cell.data, color=ink, size=FONT_SIZE, ha="center",
                          va="center_baseline", family="DejaVu Sans Mono",
                          weight="bold" if cell.bold else "normal")
    for ink, at in dots.items():
        axes.scatter(*zip(*at, strict=True), s=4.2, color=ink, linewidths=0)
    return figure


def places(number: int, x: int, y: int) -> list[tuple[float, float]]:
    """Where the dots of a braille character are."""
    bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
    return [(x + 0.25 + 0.5 * column, y + 0.125 + 0.25 * row)
            for row, pair in enumerate(bits) for column, bit in enumerate(pair) if number & bit]


def main() -> None:
    folder = ROOT / "docs" / "plots"
    drawn(screen(COLUMNS, LINES, SECONDS, "p")).savefig(folder / "top.png", dpi=110,
                                                       facecolor=PAPER, metadata={"Software": None})
    (folder / "recording.png").unlink(missing_ok=True)
    recorded(RATES_HZ, RECORDED_SECONDS).plot(path=folder / "recording.png")


if __name__ == "__main__":
    main()
