"""Writes docs/python.md from the docstrings of what hzstat exports:
python docs/api.py > docs/python.md"""
import inspect
import itertools

import hzstat

PROMPTS = (">>>", "...")
HEAD = """\
# The Python API

Made from the docstrings by `make docs`; `help(hzstat.Sampler)` tells the same. `import hzstat`
loads none of it: each name comes in when it is first used.
"""
# In the order in which one comes to need them; what isn't named here stands last.
PARTS = {
    "To read /proc": ("read", "values", "parse", "Reader", "Rows", "sources", "describe"),
    "Rates": ("rates", "Rates", "cpu_percent", "net_rates"),
    "To sample": ("Sampler", "View", "Health", "WorkerHealth", "RingSize", "attach", "Attached"),
    "Recordings": ("record", "load", "Recording"),
    "Acquisition": ("acquire", "Acquisition", "Result"),
}
ERRORS = "Errors"
INTERNAL = {"error", "settle"}      # of a Reader: for what makes Samplers


def parts():
    """(title, names) of each part of the page, which together have all names, each once."""
    told = [name for names in PARTS.values() for name in names]
    others = [name for name in hzstat.__all__ if name not in told]
    unknown = [name for name in others if not is_error(getattr(hzstat, name))]
    assert not unknown, f"say in docs/api.py where {', '.join(unknown)} belong"
    return {**PARTS, ERRORS: sorted(others)}


def is_error(made):
    return isinstance(made, type) and issubclass(made, Exception)


def call(made):
    """How it is called, without the types: the docstrings say what they have to be."""
    if isinstance(made, property) or is_error(made):
        return ""
    try:
        found = inspect.signature(made)
    except ValueError:          # of Cython: its docstring begins with it
        return "(" + inspect.getdoc(made).partition("(")[2].partition(")")[0].removeprefix(
            "self").removeprefix(", ") + ")"
    parameters = [one.replace(annotation=inspect.Parameter.empty)
                  for one in found.parameters.values() if one.name != "self"]
    return str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def entry(level, name, made):
    """One name: a heading with its call, and its docstring."""
    yield f"\n{level} `{name}{call(made)}`\n"
    words = inspect.getdoc(made)
    first, _, others = words.partition("\n")
    yield from text(others.strip("\n") if f".{name}(" in first else words)  # Cython's has the call


def text(words):
    """A docstring, with what would be typed at a prompt as code."""
    for typed, lines in itertools.groupby(words.split("\n"), lambda line: line[:3] in PROMPTS):
        lines = [line[4:] if typed else line for line in lines]
        yield from (["```python", *lines, "```"] if typed else lines)


def members(made):
    """The public methods and properties of a class, and what it has of others of hzstat's."""
    found = {}
    for one in made.__mro__:
        if one.__module__.startswith("hzstat"):
            found = {**vars(one), **found}
    for name, member in found.items():
        public = name not in INTERNAL and name.strip("_") in (name, "getitem")
        if public and (inspect.isroutine(member) or isinstance(member, property)) \
                and member.__doc__:
            yield name, member


def page():
    yield HEAD
    for title, names in parts().items():
        yield f"\n## {title}"
        for name in names:
            made = getattr(hzstat, name)
            yield from entry("###", f"hzstat.{name}", made)
            if isinstance(made, type) and not issubclass(made, tuple | Exception):
                for each, member in members(made):
                    yield from entry("####", each, member)


print("\n".join(page()))
