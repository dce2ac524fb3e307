"""`hzstat line --follow`: line after line, from worker processes that sample all the time."""
from __future__ import annotations

import math
import sys

from . import status
from .cli_line import number
from .cli_sampling import sampling
from .errors import HzstatError
from .formats import line, spark
from .plan import HIGHEST_RATE_HZ, LOWEST_RATE_HZ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .curves import Curves
    from .formats.output import Renderer
    from .watch import Watch

DEFAULT_RATE_HZ = 1000.0
AVERAGES_RATE_HZ = 100.0        # where nothing is shown of the moments inside a line
SLOW_RATE_HZ = 10.0             # of what is shown as it was last: memory and load
MOST_SAMPLES = 200_000          # in a line; they are kept until it is printed
USUAL_SAMPLES = 10_000          # in a line at most, where no rate is given
CELLS = 20
LEAST_TOP = 1024.0              # bytes a second that a curve reaches to, were they never so few
SOURCES = {"stat": ("cpu", "usr", "sys", "wai", "bar", "cpu_max", "cpu_spark"),
           "net/dev": (*line.RATES, "recv_spark", "send_spark"),
           "meminfo": status.MEMORY, "loadavg": status.LOAD}


def follow(renderer: Renderer, interface: bytes | None, delay_seconds: float, rate: str | None,
           root: str) -> int:
    """Print a line each `delay_seconds` until we are interrupted."""
    rates = rates_hz(renderer.asked, delay_seconds, rate)
    if interface is not None:
        status.check_interface(interface, status.take(root, lambda text: None))
    with sampling(rates, delay_seconds, root, jobs=1) as sampler:
        from .curves import Curves
        from .watch import Watch
        watch = Watch(sampler, delay_seconds)
        curves = Curves([name.partition("_")[0] for name in line.SPARKS if name in renderer.asked],
                        watch, interface, CELLS)
        if renderer.header:
            print(renderer.header, flush=True)
        for at in watch.rows(None):
            print(renderer({**fields(at, interface), **sparks(curves, at)}), flush=True)
    return 0


def rates_hz(asked: set[str], delay_seconds: float, given: str | None) -> dict[str, float]:
    """Samples a second of each source that is needed."""
    if given is None:
        usual = DEFAULT_RATE_HZ if asked.intersection(line.OF_SAMPLES) else AVERAGES_RATE_HZ
        rate = max(1 / delay_seconds, min(usual, USUAL_SAMPLES / delay_seconds))
    else:
        rate = number(given, "-r", "samples a second", LOWEST_RATE_HZ, HIGHEST_RATE_HZ)
        if rate * delay_seconds < 1 - 1e-9:
            raise HzstatError(f"-r {rate:g} takes less than one sample in {delay_seconds:g} s: "
                              f"give -r {math.ceil(1 / delay_seconds)} or more")
        if rate * delay_seconds > MOST_SAMPLES:
            raise HzstatError(f"a line of {delay_seconds:g} s at {rate:g} samples a second would "
                              f"be of {rate * delay_seconds:,.0f}: "
                              f"give -r {MOST_SAMPLES / delay_seconds:g} or less")
    slow = min(rate, max(SLOW_RATE_HZ, 1 / delay_seconds))
    needed = [source for source, fields in SOURCES.items() if asked.intersection(fields)]
    return {source: rate if source in ("stat", "net/dev") else slow
            for source in needed or ["stat"]}


def fields(at: Watch, interface: bytes | None) -> dict[str, object]:
    """The line's fields, and the most of a moment."""
    from .groups.net import NET
    from .groups.system import LOADS
    from .moments import over
    from .shares import TOTAL
    cpu, net = at.cpu(TOTAL), NET.measure(at, interface)
    shares, rates = over(cpu), over(net)
    if "cpu" in cpu:
        shares["cpu_max"] = cpu["cpu"].burst("max")
    for name, moments in net.items():
        rates[f"{name}_max"] = moments.burst("max")
    return line.fields(shares, rates, at.meminfo(), over(LOADS.measure(at, None)))


def sparks(curves: Curves, row: Watch) -> dict[str, str]:
    """The curves as text: of the CPU from 0 to 100 %, others from 0 to their own highest."""
    ramp = spark.characters(sys.stdout.encoding)
    found = {}
    for name, cells in curves.of(row).items():
        known = [cell for cell in cells if not math.isnan(cell)]
        top = 1.0 if name == "cpu" else max([LEAST_TOP, *known])
        found[f"{name}_spark"] = spark.sparkline(cells, top, ramp)
    return found
