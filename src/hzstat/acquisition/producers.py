"""Producers by name: random numbers of some distributions, a counter, or a user's own."""
from __future__ import annotations

import itertools
import os
import sys
import time
from importlib import import_module

import numpy as np

from hzstat.errors import AcquisitionFailed

from .child import told
from .taking import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .manager import Producer

# The parameters of each distribution; its name is that of a method of numpy's Generator.
DISTRIBUTIONS = {"normal": ("MEAN", "STD"), "uniform": ("A", "B"), "exponential": ("MEAN",),
                 "poisson": ("MEAN",)}
COUNTER = "counter"
FORMS = ", ".join([*(f"{name}:{','.join(words)}" for name, words in DISTRIBUTIONS.items()),
                   COUNTER])


class Drawn:
    """Random numbers of one distribution."""

    def __init__(self, name: str, parameters: tuple[float, ...], seed: int | None) -> None:
        self._draw = getattr(np.random.default_rng(seed), name)
        self._parameters = parameters
        # Of another generator, as the seed's numbers are all to come.
        self.like = getattr(np.random.default_rng(), name)(*parameters)

    def __call__(self) -> Any:
        return self._draw(*self._parameters)


class Delayed:
    """The events of `producer`, each after a pause of random length between two, in seconds."""

    def __init__(self, producer: Producer, pauses: tuple[float, float], seed: int | None) -> None:
        self._producer = producer
        self._pauses = pauses
        # With the seed's own numbers, each pause would be a function of the value.
        [seed_of_pauses] = np.random.SeedSequence(seed).spawn(1)
        self._rng = np.random.default_rng(seed_of_pauses)
        if hasattr(producer, "like"):
            self.like = producer.like

    def __call__(self) -> Iterator[Any]:
        for value in values_of(self._producer):
            time.sleep(self._rng.uniform(*self._pauses))
            yield value


def named(text: str, seed: int | None = None) -> Producer:
    """The producer that is named so: one of FORMS, or MODULE:FUNCTION, which may be in the working
    folder. ValueError where the text is none, AcquisitionFailed where there is no such function."""
    name, _, rest = text.partition(":")
    if text == COUNTER:
        return itertools.count()
    if name not in DISTRIBUTIONS:
        return imported(name, rest)
    try:
        parameters = tuple(float(one) for one in rest.split(","))
    except ValueError:
        parameters = ()
    words = DISTRIBUTIONS[name]
    if len(parameters) != len(words):
        raise ValueError(f"{text!r}: give {name}:{','.join(words)}, in numbers")
    try:
        return Drawn(name, parameters, seed)
    except (ValueError, OverflowError) as failure:
        raise ValueError(f"{text!r}: {failure}") from None


def imported(module: str, function: str) -> Producer:
    if not (module and function) or module.startswith("."):
        raise ValueError(f"{module!r}: give {FORMS}, or MODULE:FUNCTION")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = import_module(module)
        for name in function.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError) as failure:
        raise AcquisitionFailed(f"no producer {module}:{function}: {failure}; a module is looked "
                                "for in the working folder, too") from None
    except Exception as failure:
        raise AcquisitionFailed(f"{module} can't be imported: {told(failure)}") from failure
    try:
        made = found() if isinstance(found, type) else found
    except Exception as failure:
        raise AcquisitionFailed(f"{module}:{function} can't be made: {told(failure)}") from failure
    if not (callable(made) or hasattr(made, "__iter__")):
        raise AcquisitionFailed(f"{module}:{function} is no producer: it is neither a callable nor "
                                "an iterable")
    return made
