"""The programs in tests/faults, as modules."""
import sys
from importlib import import_module
from pathlib import Path

PROGRAMS = Path(__file__).parent / "faults"


def program(name):
    """The module of that name, which finds its neighbours as if it were run."""
    sys.path.insert(0, str(PROGRAMS))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(PROGRAMS))
