"""Timelines: the numbers that are drawn, and files that can be opened."""
import signal
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import MS, START_NS, even, save

import hzstat

pytest.importorskip("matplotlib")
from hzstat.recordings import evened, over_time, pixels

REPORT = [sys.executable, "-m", "hzstat", "report"]


def over(values, period_ns=MS):
    records = even("loadavg", len(values), period_ns)
    records["data"]["load1"][:, 0] = values
    kinds = dict.fromkeys(records.dtype["data"].base.names, "gauge")
    return over_time.OverTime("loadavg", records, kinds, period_ns)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=200), st.integers(1, 50),
       st.integers(-50, 50), st.integers(1, 300))
def test_each_pixel_has_the_extremes_and_the_mean_of_its_time(values, count, start_ms, long_ms):
    found = over(values)
    times = np.append(found.time_ns[0] - round(found.seconds[0] * 1e9), found.time_ns)
    windows = evened.Evened(found, MS)
    edges = np.linspace(START_NS + start_ms * MS, START_NS + (start_ms + long_ms) * MS, count + 1)
    line = pixels.by_pixel(None, windows, found["load1"][:, 0], edges)
    for pixel in range(count):
        begin, end = edges[pixel:pixel + 2]
        touched = [i for i in range(len(found)) if times[i] < end and times[i + 1] > begin]
        if not touched:
            assert np.isnan([line.low[pixel], line.high[pixel], line.mean[pixel]]).all()
            continue
        there = found["load1"][touched, 0]
        assert (line.low[pixel], line.high[pixel]) == (there.min(), there.max())
        assert line.mean[pixel] == pytest.approx(
            np.average(there, weights=found.seconds[touched]), abs=1e-9)


def test_what_is_not_known_counts_in_no_mean():
    found = over(np.arange(1, 9))
    values = found["load1"][:, 0]
    values[[0, 2, 3]] = np.nan
    edges = np.linspace(START_NS, found.time_ns[-1], 3)
    line = pixels.by_pixel(None, evened.Evened(found, MS), values, edges)
    known = values[~np.isnan(values)]
    assert (line.low.min(), line.high.max()) == (known.min(), known.max())
    assert line.mean[0] < line.mean[1]
    assert (line.low <= line.mean).all()
    assert (line.mean <= line.high).all()


def test_a_burst_of_one_sample_is_seen_in_an_hour():
    values = np.zeros(360_000)
    values[123_456] = 7
    found = over(values, 10 * MS)
    times = np.append(found.time_ns[0] - round(found.seconds[0] * 1e9), found.time_ns)
    edges = np.linspace(times[0], times[-1], pixels.PIXELS + 1)
    line = pixels.by_pixel(None, evened.Evened(found, 10 * MS), found["load1"][:, 0], edges)
    assert np.flatnonzero(line.high == 7).tolist() == [int(123_455 / 359_999 * pixels.PIXELS)]


@given(st.sets(st.integers(1, 198)), st.integers(1, 80))
@settings(max_examples=60, deadline=None)
def test_gaps_are_shaded_in_every_pixel_that_they_touch(tmp_path_factory, left_out, count):
    ticks = [tick for tick in range(200) if tick not in left_out]
    folder = tmp_path_factory.mktemp("run")
    rec = hzstat.load(save(folder, {"loadavg": even("loadavg", 0, ticks=ticks)}))
    edges = np.linspace(rec.start_ns, rec.end_ns, count + 1)
    found = pixels.missing(rec.gaps("loadavg"), edges)
    gaps = rec.gaps("loadavg")
    expected = [sum(max(0, min(end, gap["end_ns"]) - max(begin, gap["start_ns"]))
                    * gap["missed"] / (gap["missed"] + 1) for gap in gaps) / (end - begin)
                for begin, end in pairwise(edges)]
    assert found == pytest.approx(expected, abs=1e-4)
    assert ((found > 0) == (np.array(expected) > 0)).all()


@pytest.fixture
def rec(tmp_path):
    stat = even("stat", 3000)
    stat["data"]["user"][:, 0] = np.cumsum(np.arange(3000) % 300 < 60) // 10
    stat["data"]["idle"][:, 0] = np.arange(3000) // 10 - stat["data"]["user"][:, 0]
    net = even("net/dev", 0, ticks=[*range(1000), *range(1500, 3000)])
    net["data"]["name"] = b"$_x^"
    net["data"]["rx_bytes"][:, 0] = np.arange(2500) * 1000
    return hzstat.load(save(tmp_path / "run", {"stat": stat, "net/dev": net},
                            command=["make", "$x_{"]))


def test_a_figure_has_a_panel_for_each_unit(rec):
    figure = rec.plot()
    assert [axes.get_title("left") for axes in figure.axes] == ["cpu", "net"]
    assert [text.get_text().strip() for text in figure.axes[0].get_legend().get_texts()] == [
        "busy", "usr"]                  # what stands at 0 is left out
    assert figure.axes[0].get_ylim() == (0, 1.05)
    assert "make $x_{" in figure.get_suptitle()
    assert figure._repr_png_().startswith(b"\x89PNG")       # as a notebook shows it


def test_fields_choose_what_is_drawn(rec):
    def panels(*fields):
        return [(axes.get_title("left"), [text.get_text().strip() for text in
                                          axes.get_legend().get_texts()])
                for axes in rec.plot(fields).axes]
    assert panels("net recv") == [("net", ["recv"])]
    assert panels("net/$_x^") == [("net/$_x^", ["recv"])]
    assert panels("busy", "net/dev") == [("cpu", ["busy"]), ("net", ["recv"]),
                                         ("net/$_x^", ["recv"])]
    with pytest.raises(hzstat.RecordingError, match="no source has any of nothing"):
        rec.plot(["nothing"])


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"),
                                               ("pdf", b"%PDF")])
def test_files(rec, tmp_path, suffix, magic):
    path = tmp_path / f"out.{suffix}"
    rec.plot(path=path, start="0.5s", end="-0.5s")
    assert path.read_bytes().startswith(magic)


def test_the_command_draws_beside_the_text(rec, tmp_path):
    path = tmp_path / "out.png"
    command = [*REPORT, rec.path, "--plot", path]
    path.write_text("precious")
    done = subprocess.run(command, text=True, capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, path.read_text()) == (1, "", "precious")
    assert "is there already" in done.stderr
    done = subprocess.run([*command, "--force"], text=True, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "worst moments" in done.stdout
    assert path.read_bytes().startswith(b"\x89PNG")


def test_where_there_is_nothing_to_draw_the_command_tells_the_rest(tmp_path):
    folder = save(tmp_path / "run", {"loadavg": even("loadavg", 1)})
    done = subprocess.run([*REPORT, folder, "--plot", tmp_path / "out.png"], text=True,
                          capture_output=True, timeout=120)
    assert (done.returncode, "loadavg        1" in done.stdout) == (1, True)
    assert "there is nothing to draw: no source has records for one window" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_command_that_is_ended_leaves_nothing(rec, tmp_path):
    command = [*REPORT, rec.path, "--plot", tmp_path / "out.png"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".hzstat*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        process.terminate()
    # Or it was just done, and Python, as it ends, takes back what signals do.
    assert process.returncode == 128 + signal.SIGTERM or (tmp_path / "out.png").exists()
    assert not list(tmp_path.glob(".hzstat*"))


def test_what_is_not_known_is_left_empty(tmp_path):
    """A clock that stands still, and a machine without MemAvailable."""
    meminfo = even("meminfo", 100)
    rec = hzstat.load(save(tmp_path / "run", {"stat": even("stat", 1000), "meminfo": meminfo}))
    figure = rec.plot(["busy", "MemFree", "used"])
    assert [axes.get_title("left") for axes in figure.axes] == ["cpu", "memory"]
    assert figure._repr_png_()


def test_what_is_nothing_but_0_has_an_axis_from_0_on(tmp_path):
    records = {name: even(name, 100) for name in ("loadavg", "net/dev")}
    figure = hzstat.load(save(tmp_path / "run", records)).plot()
    assert [axes.get_ylim() for axes in figure.axes] == [(0, 1), (0, 1)]


def test_the_lowest_of_a_gauge_is_not_on_the_axis(tmp_path):
    load = even("loadavg", 100)
    for least, bottom in ((5.0, 4.96), (0.0, 0.0)):
        load["data"]["load1"][:, 0] = np.linspace(least, least + 1, 100)
        axes, = hzstat.load(save(tmp_path / str(least), {"loadavg": load})).plot().axes
        assert axes.get_ylim()[0] == pytest.approx(bottom, abs=0.01)


def test_at_any_zoom_ticks_can_be_told_apart(tmp_path):
    """Of memory of which little changes, and of a time in which pixels would be nanoseconds."""
    load, meminfo = even("loadavg", 1000, 10_000), even("meminfo", 1000, 10_000)
    meminfo["data"]["MemTotal"], meminfo["data"]["MemAvailable"][:, 0] = 10**7, np.arange(1000)
    load["data"]["load1"][:, 0] = 10 + np.arange(1000) / 1e6
    folder = save(tmp_path / "run", {"loadavg": load[np.arange(1000) % 7 > 0], "meminfo": meminfo},
                  10_000)
    rec = hzstat.load(folder)
    for start, end in ((None, None), ("5ms", "5100us"), ("5ms", "5020us")):
        figure = rec.plot(start=start, end=end)
        figure.canvas.draw()
        for axis in (axis for axes in figure.axes for axis in (axes.yaxis, axes.xaxis)):
            ticks = [label.get_text() for label in axis.get_ticklabels() if label.get_visible()]
            assert len(set(ticks)) == len(ticks), ticks


def test_too_little_to_draw(tmp_path):
    rec = hzstat.load(save(tmp_path / "run", {"loadavg": even("loadavg", 1)}))
    with pytest.raises(hzstat.RecordingError, match="no source has records for one window"):
        rec.plot()
