"""How bad a number is: nothing to say, a warning, or an alarm."""
from __future__ import annotations

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OK, WARN, ALARM = "ok", "warn", "alarm"
ORDER = (OK, WARN, ALARM)
NEVER = float("inf")

# From where on: cpu, wai and mem in %, load in processes a CPU, recv and send in MiB/s.
WARN_FROM = {"cpu": 60.0, "wai": 20.0, "mem": 80.0, "load": 1.0, "recv": NEVER, "send": NEVER}
ALARM_FROM = {"cpu": 90.0, "wai": 50.0, "mem": 95.0, "load": 2.0, "recv": NEVER, "send": NEVER}

# The threshold that a field is held against, and the field whose value is; where it is its own,
# its name.
_CPU, _MEM = ("cpu", "cpu"), ("mem", "mem")
JUDGED = {
    "cpu": _CPU, "bar": _CPU, "cpu_max": ("cpu", "cpu_max"), "cpu_spark": ("cpu", "cpu_max"),
    "wai": ("wai", "wai"), "mem": _MEM, "used": _MEM, "avail": _MEM,
    "load1": ("load", "load1"), "load5": ("load", "load5"), "load15": ("load", "load15"),
    "recv": ("recv", "recv"), "recv_max": ("recv", "recv_max"), "recv_spark": ("recv", "recv_max"),
    "send": ("send", "send"), "send_max": ("send", "send_max"), "send_spark": ("send", "send_max"),
}
# The averages, by which a whole line is judged: a burst of 50 ms is no state.
STATES = ("cpu", "wai", "mem", "load1", "recv", "send")


def thresholds(text: str, option: str, defaults: Mapping[str, float]) -> dict[str, float]:
    """`cpu=60,mem=80` over the defaults; HzstatError for what isn't a threshold."""
    found = dict(defaults)
    for part in text.split(",") if text else ():
        name, _, number = part.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if name not in defaults or not value >= 0:
            raise HzstatError(f"{option} {part!r}: give NAME=NUMBER, of {', '.join(defaults)} "
                              "(cpu, wai and mem in %, load a CPU, recv and send in MiB/s)")
        found[name] = value
    return found


class Levels:
    """Where warnings and alarms begin. `cpus` are what the load averages are shared by."""

    def __init__(self, warn: str = "", alarm: str = "", cpus: int = 1) -> None:
        self.warn = thresholds(warn, "--warn", WARN_FROM)
        self.alarm = thresholds(alarm, "--alarm", ALARM_FROM)
        self.scale = {"cpu": 100.0, "wai": 100.0, "mem": 100.0, "load": 1 / cpus}

    def of(self, field: str, values: Mapping[str, object]) -> str:
        """The level of a field; OK where there is no number, or none that matters."""
        threshold, judged = JUDGED.get(field, ("", ""))
        value = values.get(judged)
        if not isinstance(value, float):
            return OK
        value *= self.scale.get(threshold, 1.0)
        return (ALARM if value >= self.alarm[threshold]
                else WARN if value >= self.warn[threshold] else OK)

    def worst(self, values: Mapping[str, object]) -> str:
        """The worst level of the averages."""
        return max((self.of(field, values) for field in STATES), key=ORDER.index)
