"""Each group of columns, of texts in which every number is known."""
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spanning import SECOND, spans_of, values_of

from hzstat.groups import ALL, DEFAULT, GROUPS, SOURCES
from hzstat.groups.panel import Look, Panel

NET_HEAD = b"Inter-|   Receive\n face |bytes packets\n"


def measured(name, texts, key=None, period=1.0, bursts=("max", "min", "p50"), bits=False,
             root=None):
    """The values of a group's cells, by name."""
    panel = Panel(GROUPS[name], key, Look(1.0, bursts, bits))
    values = values_of(panel, spans_of(texts, period, root))
    return {cell.name: value for cell, value in zip(panel.cells, values, strict=True)}


def stat(ctxt=0, intr=0, processes=0, running=1, blocked=0, cpu="0 0 0 100 0 0 0 0 0 0"):
    return (f"cpu  {cpu}\ncpu0 {cpu}\nintr {intr} 0 0\nctxt {ctxt}\nbtime 1\n"
            f"processes {processes}\nprocs_running {running}\nprocs_blocked {blocked}\n").encode()


def net(**counters):
    return NET_HEAD + "".join(f"  {name}: {rx} 1 0 0 0 0 0 0 {tx} 1 0 0 0 0 0 0\n"
                              for name, (rx, tx) in counters.items()).encode()


def disks(**sectors):
    return "".join(f" 8 0 {name} 1 0 {read} 0 1 0 {written} 0 0 0 0\n"
                   for name, (read, written) in sectors.items()).encode()


def psi(some, full=0):
    return (f"some avg10=0.00 avg60=0.00 avg300=0.00 total={some}\n"
            f"full avg10=0.00 avg60=0.00 avg300=0.00 total={full}\n").encode()


def test_interrupts_and_context_switches_a_second():
    found = measured("sys", {"stat": [(0, stat(100, 1000)), (1, stat(700, 1010)),
                                      (2, stat(900, 1250))]})
    assert found == {"int": 125, "int_max": 240, "int_min": 10, "int_p50": 10,
                     "csw": 400, "csw_max": 600, "csw_min": 200, "csw_p50": 200}


def test_tasks_without_the_one_that_looks():
    found = measured("proc", {"stat": [(0, stat(processes=50)), (1, stat(processes=50, running=4)),
                                       (2, stat(processes=56, running=5, blocked=3))]})
    assert found == {"run": pytest.approx(7 / 3), "run_max": 4, "run_min": 0, "run_p50": 3,
                     "blk": 1, "blk_max": 3, "blk_min": 0, "blk_p50": 0,
                     "new": 3, "new_max": 6, "new_min": 0, "new_p50": 0}


def test_what_stat_does_not_print_is_missing():
    text = b"cpu  1 0 0 100\ncpu0 1 0 0 100\n"
    for name in ("sys", "proc"):
        assert set(measured(name, {"stat": [(0, text), (1, text)]}).values()) == {None}


def test_disks_count_in_bytes_and_once():
    samples = [(0, disks(sda=(0, 0), sda1=(0, 0), dm_0=(0, 0), loop0=(0, 0), nvme0n1=(0, 8))),
               (1, disks(sda=(6, 2), sda1=(6, 2), dm_0=(0, 0), loop0=(9, 9), nvme0n1=(0, 8))),
               (2, disks(sda=(8, 2), sda1=(8, 2), dm_0=(0, 0), loop0=(9, 9), nvme0n1=(2, 9)))]
    texts = {"diskstats": [(at, text.replace(b"dm_0", b"dm-0")) for at, text in samples]}
    assert measured("disk", texts, root="/nowhere/proc") == {
        "read": 10 * 512 / 2, "read_max": 6 * 512, "read_min": 4 * 512, "read_p50": 4 * 512,
        "writ": 3 * 512 / 2, "writ_max": 2 * 512, "writ_min": 1 * 512, "writ_p50": 512}
    assert measured("disk", texts, b"sda1", bursts=()) == {"read": 4 * 512, "writ": 512}
    assert measured("disk", texts, b"sdz", bursts=()) == {"read": None, "writ": None}


def test_traffic_in_bytes_and_in_bits():
    texts = {"net/dev": [(0, net(lo=(0, 0), eth0=(100, 0))), (1, net(lo=(99, 99), eth0=(400, 50))),
                         (2, net(lo=(99, 99), eth0=(500, 50)))]}
    assert measured("net", texts) == {
        "recv": 200, "recv_max": 300, "recv_min": 100, "recv_p50": 100,
        "send": 25, "send_max": 50, "send_min": 0, "send_p50": 0}
    assert measured("net", texts, b"lo", bursts=()) == {"recv": 49.5, "send": 49.5}
    panel = Panel(GROUPS["net"], None, Look(1.0, (), bits=True))
    assert panel.title == "net/total[bit/s]"
    assert [cell.text(200) for cell in panel.cells] == ["1.6k"] * 2
    assert {(cell.scale, cell.suffix) for cell in panel.cells} == {(8, "bits_per_s")}


def test_an_interface_of_which_one_counter_began_anew():
    texts = {"net/dev": [(0, net(eth0=(900, 10))), (1, net(eth0=(5, 20))), (2, net(eth0=(7, 26)))]}
    assert measured("net", texts, b"eth0", bursts=()) == {"recv": 2, "send": 6}


def test_tcp():
    def snmp(number):
        return f"Tcp: RtoMin RetransSegs\nTcp: 200 {number}\n".encode()

    def netstat(number):
        return f"TcpExt: ListenOverflows ListenDrops\nTcpExt: 7 {number}\n".encode()
    texts = {"net/snmp": [(0, snmp(5)), (1, snmp(9)), (2, snmp(9))],
             "net/netstat": [(0, netstat(2)), (1, netstat(2)), (2, netstat(8))]}
    assert measured("tcp", texts, bursts=("max",)) == {"retr": 2, "retr_max": 4,
                                                       "drop": 3, "drop_max": 6}
    del texts["net/netstat"]
    assert measured("tcp", texts, bursts=()) == {"retr": 2, "drop": None}
    texts["net/snmp"] = [(0, b"Tcp: RtoMin\nTcp: 200\n"), (1, b"Tcp: RtoMin\nTcp: 200\n")]
    assert measured("tcp", texts, bursts=()) == {"retr": None, "drop": None}


def test_pressure_is_the_share_of_measured_time():
    texts = {"pressure/cpu": [(0, psi(1_000_000)), (0.5, psi(1_250_000)), (2, psi(2_000_000))],
             "pressure/io": [(0, psi(7)), (2, psi(7, 1))]}
    found = measured("psi", texts, period=0.5, bursts=("max",))
    assert found == {"cpu": 0.5, "cpu_max": 0.5, "memory": None, "memory_max": None,
                     "io": 0, "io_max": 0}


def test_pressure_in_short_rows_is_over_fifty_milliseconds():
    """Read each 50 ms: of a row of 10 ms the share is over the last of these."""
    samples = [(0.05 * i, psi(25_000 * i if i < 9 else 225_000 + 5000 * (i - 9)))
               for i in range(12)]
    at = spans_of({"pressure/cpu": samples}, period=0.05)
    every = at.spans["pressure/cpu"].records

    def cut(end_ns, history_ns):
        planned = every["time_ns"]
        start = np.searchsorted(planned, end_ns - history_ns, side="right") - 1
        at.spans["pressure/cpu"].records = every[max(0, start):
                                                 np.searchsorted(planned, end_ns, side="right")]
    at.spans["pressure/cpu"].cut = cut
    start_ns = at.start_ns
    for seconds, share in ((0.31, 0.5), (0.46, 0.5), (0.51, 0.1), (0.56, 0.1)):
        end_ns = start_ns + round(seconds * SECOND)
        at.cut(end_ns - SECOND // 100, end_ns)
        assert values_of(Panel(GROUPS["psi"], None, Look(0.01)), at)[0] == pytest.approx(share)


def test_memory_and_swap():
    def meminfo(total, available, swap, free):
        return (f"MemTotal: {total} kB\nMemAvailable: {available} kB\nSwapTotal: {swap} kB\n"
                f"SwapFree: {free} kB\n").encode()
    texts = {"meminfo": [(0, meminfo(100, 60, 50, 50)), (1, meminfo(100, 10, 50, 20)),
                         (2, meminfo(100, 70, 50, 40))]}
    assert measured("memory", texts, bursts=("max", "min")) == {
        "used": 30 * 1024, "used_max": 90 * 1024, "used_min": 30 * 1024, "avai": 70 * 1024}
    assert measured("swap", texts, bursts=("max",)) == {
        "used": 10 * 1024, "used_max": 30 * 1024, "free": 40 * 1024}
    old = {"meminfo": [(0, b"MemTotal: 100 kB\nMemFree: 10 kB\n")] * 2}
    assert measured("memory", old, bursts=()) == {"used": None, "avai": None}
    container = {"meminfo": [(0, meminfo(100, 900, 0, 0))] * 2}
    assert measured("memory", container, bursts=())["used"] == 0


def test_loads_and_times():
    texts = {"loadavg": [(0, b"0.50 2.00 3.00 1/2 3\n"), (2, b"0.25 2.50 3.50 1/2 3\n")]}
    assert measured("load", texts, bursts=("max",)) == {
        "load1": 0.25, "load1_max": 0.5, "load5": 2.5, "load15": 3.5}
    assert measured("epoch", texts) == measured("time", texts) == {"end": 1_795_557_002}


@pytest.mark.parametrize(("wall", "shown"), [(0, 0), (7 * 10**9, 7), (-3600 * 10**9, -3600)])
def test_the_time_is_the_wall_clocks_whoever_set_it(wall, shown):
    at = spans_of({"loadavg": [(0, b"0.50 2.00 3.00 1/2 3\n"), (2, b"0.25 2.50 3.50 1/2 3\n")]})
    at.spans["loadavg"].records["wall_ns"] += wall
    panel = Panel(GROUPS["epoch"], None, Look(1.0))
    assert values_of(panel, at) == [1_795_557_002 + shown]


def test_a_gauge_that_is_sampled_less_than_once_a_row_is_its_last():
    at = spans_of({"loadavg": [(0, b"0.50 2.00 3.00 1/2 3\n")]})
    at.cut(at.end_ns + 5, at.end_ns + 9)
    assert values_of(Panel(GROUPS["load"], None, Look(1.0)), at) == [0.5, 2, 3]


def test_rates_are_of_the_row_alone_where_more_is_kept_for_the_shares_of_cpus():
    at = spans_of({"stat": [(number / 100, stat(ctxt=number**2)) for number in range(5)]})
    at.cut(at.start_ns + 3 * SECOND // 100, at.end_ns)
    assert values_of(Panel(GROUPS["sys"], None, Look(0.01)), at) == [0, pytest.approx(700)]


COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=12)


@given(COUNTS, st.lists(st.integers(1, 3000), min_size=11, max_size=11))
@settings(deadline=None, max_examples=60)
def test_any_counter_against_plain_python(steps, gaps_ms):
    """A counter that grows by `steps`, at irregular times: over the row, and sample by sample."""
    times, total, samples = [0.0], 0, []
    for gap in gaps_ms[:len(steps) - 1]:
        times.append(times[-1] + gap / 1000)
    for step in steps:
        total += step
        samples.append(total)
    texts = {"stat": [(at, stat(value)) for at, value in zip(times, samples, strict=True)]}
    found = measured("sys", texts, period=0.001, bursts=("max", "min"))
    assert found["csw"] == pytest.approx((samples[-1] - samples[0]) / times[-1])
    rates = [(b - a) / (later - at) for a, b, at, later
             in zip(samples, samples[1:], times, times[1:], strict=False)]
    assert found["csw_max"] == pytest.approx(max(rates))
    assert found["csw_min"] == pytest.approx(min(rates))


def test_every_column_is_in_the_docs():
    text = (Path(__file__).parent.parent / "docs" / "columns.md").read_text()
    for group in GROUPS.values():
        for word in (*group.options, *group.sources):
            assert word in text
        for column in group.columns:
            assert f"`{column.name}`" in text
            assert column.quantity.unit in text


def test_the_groups_are_what_the_options_say():
    assert set(DEFAULT) | set(ALL) <= GROUPS.keys()
    assert "".join(GROUPS[name].letter for name in ALL) == "cdnlmt"
    assert {"stat", "diskstats", "pressure/io", "net/netstat"} <= set(SOURCES)
    for group in GROUPS.values():
        assert any(column.heading for column in group.columns)
        names = list(Panel(group, None, Look(1.0, ("max", "p99"))).names())
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("delay", "seconds", "text"), [
    (1, 1_795_557_059.97, "1795557059"), (2.0, 1_795_557_060.0, "1795557060"),
    (0.1, 1_795_557_059.97, "1795557059.9"), (0.25, 1_795_557_000.07, "1795557000.07"),
    (0.001, 1_795_557_000.001, "1795557000.001"), (0.3, 1_795_557_000.3, "1795557000.3"),
    (1e-5, 1_795_557_000.00001, "1795557000.00001"), (1 / 3, 1_795_557_000.5, "1795557000.500000")])
def test_a_time_has_the_decimals_that_its_delay_takes(delay, seconds, text):
    [cell] = Panel(GROUPS["epoch"], None, Look(delay)).cells
    assert cell.text(seconds) == text
    assert cell.width >= len(text)


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("precise", [False, True])
@given(number=st.floats(0, 2.0**60))
@settings(deadline=None, max_examples=50)
def test_no_number_is_wider_than_its_column(name, precise, number):
    for cell in Panel(GROUPS[name], None, Look(0.1, ("max", "p99.9"), precise=precise)).cells:
        most = 1.0 if cell.unit == "%" else 1e6 if name == "load" else \
            4e9 if name in ("time", "epoch") else 2.0**60
        assert len(cell.text(min(number, most))) <= cell.width
        assert cell.text(None) == "-"
