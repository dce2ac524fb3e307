"""One line for a status bar, in Python's format language."""
from __future__ import annotations

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "C:{cpu:6.1%} D:{recv:7.3f}MB U:{send:7.3f}MB M:{used:4.1f}/{total:4.1f}GB"
BAR_TEMPLATE = TEMPLATE.replace("{cpu:6.1%}", "{cpu:6.1%} [{bar}]")
FULL = "C:{cpu:6.1%} [{bar}] D:{recv:7.3f}MB U:{send:7.3f}MB M:{used:4.1f}/{total:4.1f}GB " \
       "{mem:4.0%} L:{load1:5.2f}"
FULL_OF_SAMPLES = "C:{cpu:6.1%} max{cpu_max:5.0%} {cpu_spark} D:{recv:7.3f}MB {recv_spark} " \
                  "U:{send:7.3f}MB {send_spark} M:{used:4.1f}/{total:4.1f}GB {mem:4.0%} " \
                  "L:{load1:5.2f}"
MINIMAL = "C:{cpu:4.0%} M:{mem:4.0%}"
# What one call shows, and what is shown of samples (--follow).
PRESETS = {"classic": (TEMPLATE, TEMPLATE), "full": (FULL, FULL_OF_SAMPLES),
           "minimal": (MINIMAL, MINIMAL)}

FIELDS = ("cpu", "usr", "sys", "wai", "recv", "send", "used", "total", "avail", "mem",
          "load1", "load5", "load15")
TEXTS = ("bar", "net", "host")
# Of many samples: the most in a short time, and how it went.
PEAKS = ("cpu_max", "recv_max", "send_max")
SPARKS = ("cpu_spark", "recv_spark", "send_spark")
OF_SAMPLES = (*PEAKS, *SPARKS)
RATES = ("recv", "send", "recv_max", "send_max")
BAR_CELLS = 10
MEBI, GIBI_IN_KB = 1 << 20, 1 << 20


class Missing:
    """Stands for a number that isn't there: a dash, as wide as the number would have been."""

    def __str__(self) -> str:
        return "-"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        width = spec.lstrip("<>=^+- #0").partition(".")[0].partition(",")[0]
        digits = width.rstrip("%abcdefgnoxEFGX_")
        return "-".rjust(int(digits) if digits.isdigit() else 1)


def fields(cpu: Mapping[str, float | None], net: Mapping[str, float | None],
           memory: Mapping[str, int], load: Mapping[str, float | None]) -> dict[str, object]:
    """The template's fields: shares 0 to 1, recv and send in MiB/s, memory in GiB.

    `net` is in bytes a second, `memory` a row of meminfo. What is None, or isn't there, shows
    as a dash.
    """
    found: dict[str, object] = dict.fromkeys((*FIELDS, *PEAKS), Missing())
    found["bar"] = "-" * BAR_CELLS
    busy = cpu.get("cpu")
    if busy is not None:
        found["bar"] = ("|" * int(busy * BAR_CELLS)).ljust(BAR_CELLS)
    for name, value in (*cpu.items(), *net.items(), *load.items()):
        if value is not None:
            found[name] = value / MEBI if name in RATES else value
    if "MemTotal" in memory:
        total = memory["MemTotal"]
        found["total"] = total / GIBI_IN_KB
        if "MemAvailable" in memory:            # since Linux 3.14
            used = max(0, total - memory["MemAvailable"])
            found["avail"] = memory["MemAvailable"] / GIBI_IN_KB
            found["used"] = used / GIBI_IN_KB
            if total:
                found["mem"] = used / total
    return found


class Asked(dict[str, object]):
    """Stands for the fields, and learns which a template asks for."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed

    def __missing__(self, name: str) -> object:
        if name not in self.allowed:
            raise KeyError(name)
        self[name] = "" if name in TEXTS or name in SPARKS else 0.0
        return self[name]


def asked(template: str, sampled: bool = False) -> set[str]:
    """The fields that a template shows. HzstatError where it can't be filled in: with what only
    samples tell, too, unless it is `sampled`."""
    found = Asked((*FIELDS, *TEXTS, *OF_SAMPLES))
    render(template, found)
    render(template, dict.fromkeys(found, Missing()))       # what would fail now and then only
    bursts = [name for name in OF_SAMPLES if name in found]
    if bursts and not sampled:
        raise HzstatError(f"{', '.join(bursts)}: only samples tell that: add --follow")
    return set(found)


def render(template: str, values: Mapping[str, object]) -> str:
    """The line. HzstatError where the template asks for something else than there is."""
    try:
        return template.format_map(values)
    except KeyError as failure:
        wrong = f"no field {failure.args[0]!r}"
    except (AttributeError, IndexError, ValueError, TypeError) as failure:
        wrong = str(failure)
    raise HzstatError(f"--format {template!r}: {wrong}; the fields are {', '.join(FIELDS)}, "
                      f"{', '.join(TEXTS)}, and with --follow {', '.join(OF_SAMPLES)}")
