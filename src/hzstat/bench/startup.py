"""What it costs to start: `hzstat line` and `--help`, the first record and the first row of a run,
and ten rows at 100 Hz."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from hzstat.errors import HzstatError

from .figures import figure, ratios
from .frame import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

RUNS = 20
ROW_SECONDS = 0.1
HEADER_LINES = 2

# As the command line does, up to the first record; prints how long after argv[1] it was taken.
FIRST_RECORD = """
import sys, time
from hzstat import cli, cli_rows, cli_sampling
options = cli_rows.parser().parse_args([])
sources = dict.fromkeys(("stat", "meminfo", "net/dev", "loadavg"), 100)
with cli_sampling.sampling(sources, 1, "/proc") as s:
    while not any(s.board.source_health(n)[0] for n in range(4)):
        time.sleep(0.0005)
    print((time.monotonic_ns() - int(sys.argv[1])) / 1e6)
"""


def tool() -> str:
    """The command that people type: the one that runs, or the one beside this Python."""
    for path in (sys.argv[0], os.path.join(os.path.dirname(sys.executable), "hzstat")):
        if os.path.basename(path) == "hzstat" and os.path.isfile(path):
            return path
    raise HzstatError("the command whose start is measured isn't beside this Python: run it as "
                      "`hzstat bench startup`")


def cpu_ms(command: list[str], environment: Mapping[str, str], times: int = 1) -> float:
    """CPU time of a command and of its children, user and system, in ms; of several runs the mean,
    since the kernel counts it in ticks."""
    loop = ["sh", "-c", 'for i in $(seq "$0"); do "$@" || exit; done', str(times), *command]
    before = os.times()
    done = subprocess.run(loop, env=environment, check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    after = os.times()
    if done.returncode:
        raise HzstatError(f"`{' '.join(command)}` ended with status {done.returncode}: run it to "
                          "see why")
    return 1e3 * (after.children_user + after.children_system
                  - before.children_user - before.children_system) / times


def first_record_ms() -> float:
    done = subprocess.run([sys.executable, "-c", FIRST_RECORD, str(time.monotonic_ns())],
                          check=True, capture_output=True, text=True)
    return float(done.stdout)


def first_row_ms(tool: str) -> float:
    """From starting `hzstat 0.1` until its first row can be read."""
    start = time.monotonic_ns()
    with subprocess.Popen([tool, str(ROW_SECONDS), "1"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        for _ in range(HEADER_LINES + 1):
            process.stdout.readline()
        return (time.monotonic_ns() - start) / 1e6


def first_row(tool: str, times: int) -> dict[str, Any]:
    ms = [first_row_ms(tool) for _ in range(times)]
    return {"ms": figure(ms), "more_ms": figure([one - 1e3 * ROW_SECONDS for one in ms])}


def measured(rounds: int, step: Callable[[str], None]) -> Iterator[Table]:
    """Starting `hzstat line` and `--help`, the first record and row of a run, and what a run costs
    beyond its start."""
    table = Table("startup", "starting", "command", (Column("cpu_ms", "CPU ms"),
                                                     Column("ratio", "x python -c pass")), "cpu_ms")
    hzstat = tool()
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "hzstat line": [hzstat, "line"],
                "hzstat --help": [hzstat, "--help"]}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
        cpu_ms(commands["hzstat line"], environment)
        for _ in range(rounds):
            for name, command in commands.items():
                step(name)
                taken[name].append(cpu_ms(command, environment, RUNS))
    for name, ms in taken.items():
        table.rows[name] = {"cpu_ms": figure(ms), "ratio": ratios(ms, taken["python -c pass"])}
    yield table
    step("first record")
    yield Table("first", "from the command to the first record", "command", (Column("ms", "ms"),),
                "ms", {"hzstat": {"ms": figure([first_record_ms() for _ in range(3 * rounds)])}})
    step("first row")
    yield Table("first_row", "from the command to the first row", "command",
                (Column("ms", "ms"), Column("more_ms", "beyond the row")), "ms",
                {f"hzstat {ROW_SECONDS}": first_row(hzstat, 3 * rounds)})
    step("ten rows")
    shorter = [cpu_ms([hzstat, "-r", "100", "0.1", "1"], os.environ) for _ in range(5)]
    whole = [cpu_ms([hzstat, "-r", "100", "1", "10"], os.environ)]
    rest = (whole[0] - figure(shorter)["median"]) / 100
    yield Table("run", "a run", "command", (Column("cpu_ms", "CPU ms"),), "cpu_ms",
                {"hzstat -r 100 0.1 1": {"cpu_ms": figure(shorter)},
                 "hzstat -r 100 1 10": {"cpu_ms": figure(whole)}},
                findings=[f"after its start it takes {rest:.2f} % of one core"])
