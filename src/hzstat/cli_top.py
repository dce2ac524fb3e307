"""`hzstat top`: the live view."""
from __future__ import annotations

import argparse
import os
import sys

from .cli import MISUSED, complain

RATES_HZ = {"stat": 1000.0, "net/dev": 1000.0, "meminfo": 100.0, "loadavg": 10.0,
            "diskstats": 100.0}
RING_SECONDS = 12.0             # `w` writes ten


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hzstat top", allow_abbrev=False, description=__doc__)
    parser.add_argument("--draw", choices=("auto", "braille", "blocks", "ascii"), default="auto")
    return parser


def run(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) \
            or os.environ.get("TERM", "dumb") in ("", "dumb"):
        complain("top needs a terminal that it can draw on: `hzstat` prints rows anywhere, and "
                 "`hzstat line` a line")
        return MISUSED
    from .cli_sampling import sampling
    with sampling(RATES_HZ, 1.0, None, RING_SECONDS, jobs=1) as sampler:
        from .top.glyphs import KINDS
        from .top.live import Live
        from .top.screen import Screen
        from .top.styles import styles
        utf8 = "utf" in (sys.stdout.encoding or "").lower()
        kind = arguments.draw if arguments.draw != "auto" else "braille" if utf8 else "ascii"
        live = Live(sampler, KINDS[kind], plain=not utf8)
        sampler.report = live.tell
        with Screen(sys.stdin.fileno(), sys.stdout.fileno(),
                    styles(None, os.environ)) as screen:
            live.run(screen)
    return 0
