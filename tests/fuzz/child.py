"""What runs inside of the instrumented build; run.py starts it.

    child.py fuzz TARGET [LIBFUZZER'S ARGUMENT...]
    child.py replay TARGET FILE_OR_FOLDER...
"""
import os
import sys

import replay
from targets import AGAIN, SEPARATOR, SHAPES, lessons

from hzstat import _fuzz, descriptors


def fuzz(target, arguments):
    descriptor = descriptors.find(AGAIN.get(target, target))
    ready = [] if target in SHAPES else [descriptor.parser()] if target not in AGAIN else [
        descriptor.learn(text, target) for text in lessons(AGAIN[target])]
    _fuzz.run([b"hzstat", *map(os.fsencode, arguments)], ready,
              lambda text: descriptor.learn(text, target), SEPARATOR)


if __name__ == "__main__":
    what, target, *arguments = sys.argv[1:]
    if what == "fuzz":
        fuzz(target, arguments)
    sys.exit(replay.main(target, arguments))
