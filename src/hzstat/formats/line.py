"""One line for a status bar, in Python's format language."""
from __future__ import annotations

from hzstat.errors import HzstatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "C:{cpu:6.1%} D:{recv:7.3f}MB U:{send:7.3f}MB M:{used:4.1f}/{total:4.1f}GB"
BAR_TEMPLATE = TEMPLATE.replace("{cpu:6.1%}", "{cpu:6.1%} [{bar}]")
FIELDS = ("cpu", "usr", "sys", "wai", "recv", "send", "used", "total", "avail",
          "load1", "load5", "load15")
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
    found: dict[str, object] = dict.fromkeys(FIELDS, Missing())
    found["bar"] = "-" * BAR_CELLS
    busy = cpu.get("cpu")
    if busy is not None:
        found["bar"] = ("|" * int(busy * BAR_CELLS)).ljust(BAR_CELLS)
    rates = {name: rate / MEBI for name, rate in net.items() if rate is not None}
    for name, value in (*cpu.items(), *rates.items(), *load.items()):
        if name in found and value is not None:
            found[name] = value
    if "MemTotal" in memory:
        found["total"] = memory["MemTotal"] / GIBI_IN_KB
        if "MemAvailable" in memory:            # since Linux 3.14
            found["avail"] = memory["MemAvailable"] / GIBI_IN_KB
            found["used"] = max(0, memory["MemTotal"] - memory["MemAvailable"]) / GIBI_IN_KB
    return found


def check(template: str) -> None:
    """HzstatError where the template can't be filled in."""
    render(template, {**dict.fromkeys(FIELDS, 0.0), "bar": ""})


def render(template: str, values: Mapping[str, object]) -> str:
    """The line. HzstatError where the template asks for something else than there is."""
    try:
        return template.format(**values)
    except KeyError as failure:
        wrong = f"no field {failure.args[0]!r}"
    except IndexError:
        wrong = "a field needs a name"
    except (AttributeError, ValueError, TypeError) as failure:
        wrong = str(failure)
    raise HzstatError(f"--format {template!r}: {wrong}; the fields are {', '.join(FIELDS)}")
