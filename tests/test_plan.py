"""What a plan accepts, and how it deals the sources out."""
import os

import pytest

from hzstat.plan import Plan, period_of

ALL = {"stat": 100, "meminfo": 10, "net/dev": 1000, "loadavg": 1}


@pytest.mark.parametrize(("rate", "period"), [
    (0.001, 1_000_000_000_000), (1, 1_000_000_000), (3, 333_333_333), (0.5, 2_000_000_000),
    (1000, 1_000_000), (100_000, 10_000)])
def test_period(rate, period):
    assert period_of(rate) == period
    assert Plan({"stat": rate}).period_ns == {"stat": period}


@pytest.mark.parametrize("rate", [0, -1, 0.0009, 100_001, 1e6, float("nan"), float("inf"),
                                  float("-inf")])
def test_a_rate_out_of_range_is_refused_with_the_range(rate):
    with pytest.raises(ValueError, match=r"0\.001 to 100000 samples a second, not"):
        Plan({"stat": rate})


@pytest.mark.parametrize("jobs", [0, -1, 0.5, 1.5])
def test_bad_jobs(jobs):
    with pytest.raises(ValueError, match="whole number from 1 on"):
        Plan({"stat": 1}, jobs)


@pytest.mark.parametrize("name", ["nope", "", "/proc/stat", "net", "../etc/passwd", "stat "])
def test_an_unknown_source_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=r"there are cpuidle, diskstats, .*, net/dev.*, PID/stat"):
        Plan({"stat": 1, name: 1})


def test_a_file_of_one_process_can_not_be_sampled():
    with pytest.raises(ValueError, match="PID/io is a file of one process"):
        Plan({"PID/io": 1})


def test_nothing_to_sample():
    with pytest.raises(ValueError, match="nothing to sample: name one of cpuidle, diskstats"):
        Plan({})


@pytest.mark.parametrize(("jobs", "workers"), [
    (1, (("net/dev", "stat", "meminfo", "loadavg"),)),
    (2, (("net/dev", "meminfo"), ("stat", "loadavg"))),
    (3, (("net/dev", "loadavg"), ("stat",), ("meminfo",))),
    (4, (("net/dev",), ("stat",), ("meminfo",), ("loadavg",))),
    (99, (("net/dev",), ("stat",), ("meminfo",), ("loadavg",)))])
def test_sources_are_dealt_like_cards_the_fastest_first(jobs, workers):
    assert Plan(ALL, jobs).workers == workers


def test_by_default_a_worker_per_source_up_to_the_number_of_cpus():
    assert len(Plan(ALL).workers) == min(len(ALL), len(os.sched_getaffinity(0)))
    assert len(Plan({"stat": 1}).workers) == 1
