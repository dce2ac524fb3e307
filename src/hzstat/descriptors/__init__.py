"""The sources that hzstat knows, a module each: `net/dev` in net__dev, `cgroup/io.stat` in
cgroup__io_stat. A module put here is a source; there is no other list of them."""
from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .descriptor import Descriptor


def find(name: str) -> Descriptor:
    """The descriptor of the source `name`; ValueError where there is none."""
    if not isinstance(name, str):
        raise TypeError(f"a source is named by a str, as 'net/dev', not by {name!r}")
    module = name.replace("/", "__").replace(".", "_")
    try:
        if module.isidentifier():
            descriptor: Descriptor = import_module(f"{__name__}.{module}").DESCRIPTOR
            if descriptor.name == name:
                return descriptor
    except ModuleNotFoundError as missing:
        if missing.name != f"{__name__}.{module}":
            raise
    except AttributeError:          # a module that helps others
        pass
    raise ValueError(f"no source {name!r}: there are {', '.join(names())}")


def names() -> tuple[str, ...]:
    """The names of all sources: the system's, a process's, a cgroup's, in this order."""
    modules = [import_module(f"{__name__}.{file[:-3]}") for file in os.listdir(__path__[0])
               if file.endswith(".py") and file != "__init__.py"]
    found = [module.DESCRIPTOR.name for module in modules if hasattr(module, "DESCRIPTOR")]
    return tuple(sorted(found, key=lambda name: (name.startswith("cgroup/"),
                                                 name.startswith("PID/"), name)))
