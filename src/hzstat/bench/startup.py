"""What it costs to start: `hzstat line`, the first record of a run, and ten rows at 100 Hz."""
from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from .figures import figure, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 21
TOOL = os.path.join(os.path.dirname(sys.executable), "hzstat")

# As the command line does, up to the first record; prints how long after argv[1] it was taken.
FIRST_RECORD = """
import sys, time
from hzstat import cli, cli_rows, cli_sampling
options = cli_rows.parser().parse_args([])
with cli_sampling.sampling(dict.fromkeys(cli_rows.GROUPS.values(), 100), 1, "/proc") as s:
    while not any(s.board.source_health(n)[0] for n in range(4)):
        time.sleep(0.0005)
    print((time.monotonic_ns() - int(sys.argv[1])) / 1e6)
"""


def cpu_ms(command: list[str], environment: dict[str, str]) -> float:
    """CPU time of a command and of its children, user and system, in ms."""
    before = os.times()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return 1e3 * (after.children_user + after.children_system
                  - before.children_user - before.children_system)


def rusage_ms(command: list[str], environment: dict[str, str], times: int = 20) -> float:
    """The same, over several runs, since the kernel counts it in ticks."""
    return cpu_ms(["sh", "-c", f"for i in $(seq {times}); do \"$@\"; done", "sh", *command],
                  environment) / times


def first_record_ms() -> float:
    done = subprocess.run([sys.executable, "-c", FIRST_RECORD, str(time.monotonic_ns())],
                          check=True, capture_output=True, text=True)
    return float(done.stdout)


def lines() -> Iterator[str]:
    """What was measured, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
        rusage_ms([TOOL, "line"], environment, 2)
        bare, ours = [], []
        for _ in range(ROUNDS // 3):
            bare.append(rusage_ms([sys.executable, "-c", "pass"], environment))
            ours.append(rusage_ms([TOOL, "line"], environment))
    ratios = figure([a / b for a, b in zip(ours, bare, strict=True)])
    yield (f"CPU of `python -c pass`: {spread(figure(bare))} ms; of `hzstat line`: "
           f"{spread(figure(ours))} ms; ratio {spread(ratios)}")
    firsts = figure([first_record_ms() for _ in range(ROUNDS)])
    yield f"command to first record: {spread(firsts)} ms"
    shorter = statistics.median(cpu_ms([TOOL, "-r", "100", "0.1", "1"], dict(os.environ))
                                for _ in range(5))
    whole = cpu_ms([TOOL, "-r", "100", "1", "10"], dict(os.environ))
    yield (f"CPU of `hzstat -r 100 1 10`: {whole:.0f} ms, of which start-up {shorter:.0f} ms: "
           f"{(whole - shorter) / 100:.2f} % of one core")
