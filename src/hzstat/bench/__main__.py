"""python -m hzstat.bench: every figure of the README."""
from . import parse, startup

parse.main()
startup.main()
