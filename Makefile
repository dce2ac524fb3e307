# make run [ARGS="0.5 4"]   build into .venv, and run hzstat
# make test [ARGS=tests/test_ring.py]
#                           build, and run all tests, in a process a CPU
# make lint                 ruff, mypy, cython-lint, Cython's performance hints
# make bench                the figures of the README, measured on this machine
# make bench-peers          the same, with other parsers whose packages are installed
# make docs                 docs/sources.md and docs/python.md from descriptors and docstrings; the texts of
#                           --help, man pages and completion from the command line's parsers
# make plots                docs/plots, from runs on this machine
# make mutations            every byte of every fixture, changed in every way (a few minutes)
# make leaks                a million calls of each public function (an hour)
# make stress [ARGS="--records 1e9 --slots 3"]
#                           the ring at full speed, three readers look at each record (a minute)
# make faults               kills, stops, signals and limits, with the full counts (a quarter of an hour)
# make soak [SECONDS=3600]  samples for so long, and looks whether anything grows or is lost
# make asan [ARGS=-q]       the parsers' tests with gcc's sanitizers
# make fuzz [RUNS=20000] [TARGET=stat [INPUT=file]]
#                           the parsers under libFuzzer (clang), and what it found against the
#                           oracle; the corpus stays in build/fuzz, for the next run

PYTHON ?= python3
CLANG ?= clang
RUNS ?= 20000
SECONDS ?= 3600
VENV := .venv
BIN := $(VENV)/bin
# Most tests wait most of the time. A file's tests stay together.
AT_ONCE := -n logical --maxprocesses 8 --dist loadfile
SOURCES := $(shell find ext src -name '*.py' -o -path 'src/scripts/*' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h') \
           src/hzstat/bench/countdown.c $(wildcard share/*/* share/*/*/* src/hzstat/help/*) \
           setup.py pyproject.toml MANIFEST.in README.md LICENSE
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint bench bench-peers docs plots mutations leaks faults soak stress asan fuzz check-machine check-clang clean

# What set-up says goes to stderr: `make run | cat` shows rows alone. By -m, since the script can't be
# run below a folder with a blank in its name.
run: $(VENV)/.installed
	@$(BIN)/python -m hzstat $(ARGS)

test: $(VENV)/.tests
	$(BIN)/python -m pytest $(AT_ONCE) $(ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint ext tests
	@for module in ext/hzstat/*.pyx; do \
	  said=$$($(BIN)/cython -3 -I ext -o $(VENV)/lint.c $$module 2>&1); \
	  test -z "$$said" || { echo "$$said"; exit 1; }; done; echo "Cython has no hints"

bench: $(VENV)/.tests
	for kind in countdown ipc parse sample record knobs cpu startup; do $(BIN)/hzstat bench $$kind; done

bench-peers: $(VENV)/.tests
	$(MAKE) -C benchmarks/peers
	$(BIN)/hzstat bench parse --peers benchmarks/peers/build $(ARGS)

docs: $(VENV)/.installed
	$(BIN)/python docs/sources.py > docs/sources.md
	$(BIN)/python docs/api.py > docs/python.md
	$(BIN)/python docs/share.py

plots: $(VENV)/.tests
	$(BIN)/python docs/plots.py $(ARGS)
	$(BIN)/python docs/pictures.py

mutations: $(VENV)/.tests
	HZSTAT_EVERY=1 $(BIN)/python -m pytest -q tests/test_goldens.py $(ARGS)

leaks: $(VENV)/.tests
	$(BIN)/python tests/leaks.py $(ARGS)

stress: $(VENV)/.tests
	$(BIN)/python tests/stress/ring.py $(ARGS)

faults: $(VENV)/.tests
	@status=0; for fault in worker_kill caller_kill record_kill stop_cont eintr rlimits memory acquire; do \
	  $(BIN)/python tests/faults/$$fault.py || status=1; done; exit $$status

soak: $(VENV)/.tests
	$(BIN)/python tests/faults/soak.py --seconds $(SECONDS)

asan: $(VENV)/.builder
	@CC="$(CC)" $(BIN)/python tests/asan/run.py $(ARGS)

fuzz: check-clang $(VENV)/.builder
	@CLANG="$(CLANG)" $(BIN)/python tests/fuzz/run.py --runs $(RUNS) $(INPUT:%=--input %) $(TARGET)

$(VENV)/.python:
	@$(MAKE) --no-print-directory check-machine >&2
	@$(PYTHON) -m venv $(VENV) >&2
	@touch $@

$(VENV)/.installed: $(VENV)/.python $(SOURCES)
	@echo "building hzstat into $(VENV) (half a minute, once)" >&2
	@$(PIP) . >&2
	@touch $@

$(VENV)/.tests: $(VENV)/.installed
	@$(PIP) $$($(PYTHON) -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["test"])') >&2
	@touch $@

$(VENV)/.lint: $(VENV)/.tests
	@$(PIP) $$($(PYTHON) -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["lint"])') >&2
	@touch $@

# What builds hzstat, for builds by hand.
$(VENV)/.builder: $(VENV)/.tests
	@$(PIP) $$($(PYTHON) -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])') >&2
	@touch $@

check-clang:
	@test -e "$$($(CLANG) -print-file-name=libclang_rt.fuzzer_no_main-$$(uname -m).a 2>/dev/null)" \
	|| { echo "no clang with libFuzzer ($(CLANG)): install one \
	(Debian: apt install clang libclang-rt-dev)"; exit 1; }

check-machine:
	@command -v $(PYTHON) >/dev/null || { echo "hzstat needs Python 3.11 or later: \
	install it, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "hzstat needs \
	Python 3.11 or later, $(PYTHON) is older: say make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks the venv module: \
	install it (Debian: apt install python3-venv)"; exit 1; }
	@command -v $(firstword $(CC)) >/dev/null || { echo "no C compiler ($(CC)): \
	install one (Debian: apt install gcc libc6-dev)"; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join( \
	  sysconfig.get_path("include"), "Python.h")))' || { echo "$(PYTHON) lacks its C headers: \
	install them (Debian: apt install python3-dev)"; exit 1; }

clean:
	rm -rf $(VENV) build dist src/*.egg-info
