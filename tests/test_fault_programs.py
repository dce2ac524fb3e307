"""The programs in tests/faults, with small counts; `make faults` runs them with large ones."""
import subprocess
import sys

import pytest
from faults_of import PROGRAMS, program

import hzstat

# Within a second, says the full run; a machine that is busy with other tests may take longer.
SMALL = {"worker_kill": ["--count", "12", "--within", "9"],
         "caller_kill": ["--count", "4", "--within", "9"],
         "stop_cont": ["--count", "3"], "eintr": ["--seconds", "1"], "rlimits": ["--step", "16"],
         "record_kill": ["--count", "5", "--within", "9"],
         "acquire": ["--count", "20", "--kills", "10", "--late", "5", "--within", "9"],
         "memory": ["--step", "48"], "soak": ["--seconds", "3"]}


def test_each_program_is_run_here():
    programs = {path.stem for path in PROGRAMS.glob("*.py")
                if '__name__ == "__main__"' in path.read_text()}
    assert programs == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_violated(name):
    done = subprocess.run([sys.executable, PROGRAMS / f"{name}.py", *SMALL[name]],
                          capture_output=True, text=True, timeout=120)
    last = done.stdout.splitlines()[-1:]
    assert done.returncode == 0, done.stderr
    assert last[0].startswith(name.replace("_", "-") + ": "), done.stdout
    assert last[0].endswith(", 0 violations")


# -- would they see it? --------------------------------------------------------------------


@pytest.fixture(scope="module")
def taken():
    """Records of each source, and what was true before them."""
    checks = program("checks")
    before = checks.truth()
    sampler = hzstat.Sampler(dict.fromkeys(checks.SOURCES, checks.RATE_HZ), jobs=1)
    with sampler:
        since_ns = checks.started_ns(sampler)
        for name in checks.SOURCES:
            ring = sampler[name].ring
            while ring.head < 20:
                assert ring.wait(ring.head, 5.0)
    return checks, sampler, before, since_ns


def judged(taken, name, change=lambda records: records, health=None, lost=0):
    """What is found wrong with the records of `name`, changed so."""
    checks, sampler, before, since_ns = taken
    verdict = checks.Verdict("planted")
    view = sampler.view(name)
    story = checks.Story(view, verdict, before)
    story.look_at(change(view.drain()))
    view.lost = lost
    story.adds_up(health or sampler.health()[name], since_ns)
    return verdict.violations


def with_value(field, number, at=10):
    def change(records):
        target = records if field in records.dtype.names else records["data"]
        target[field][at] = number(target[field][at]) if callable(number) else number
        return records
    return change


@pytest.mark.parametrize("name", ["stat", "meminfo", "net/dev", "loadavg"])
def test_what_was_really_taken_is_fine(name, taken):
    assert judged(taken, name) == []


@pytest.mark.parametrize(("name", "change"), [
    ("stat", with_value("tick", lambda tick: tick - 1)),
    ("stat", with_value("tick", lambda tick: tick + 1)),
    ("stat", with_value("late_ns", -1)),
    ("stat", with_value("read_ns", 0)),
    ("stat", with_value("status", 5)),
    ("stat", with_value("rows", 1)),
    ("stat", with_value("cpu", 77)),
    ("stat", with_value("ctxt", 0)),
    ("stat", with_value("user", lambda ticks: ticks + 1_000_000)),
    ("net/dev", with_value("name", b"eth99")),
    ("net/dev", with_value("rx_bytes", lambda number: number + (1 << 40))),
    ("meminfo", with_value("MemTotal", 1)),
    ("loadavg", with_value("running", 1 << 20)),
    ("stat", lambda records: records[[*range(5), *range(6, len(records))]]),
    ("stat", lambda records: records[:-1]),
])
def test_what_is_wrong_is_found(name, change, taken):
    assert judged(taken, name, change)


@pytest.mark.parametrize("change", [
    {"missed": 10_000, "planned": 10_020}, {"records": 10_000, "planned": 10_000}, {"planned": 1},
])
def test_counts_that_do_not_add_up_are_found(change, taken):
    assert judged(taken, "stat", health=taken[1].health()["stat"]._replace(**change))


def test_lost_records_are_found(taken):
    assert judged(taken, "stat", lost=1)
