"""What `hzstat line` makes of its values: levels, colours, JSON and i3bar's protocol."""
import itertools
import json
import os
import re
import signal
import subprocess
import threading
import time
from functools import partial
from xml.etree import ElementTree

import pytest
import running
from hypothesis import given
from hypothesis import strategies as st

from hzstat import cli_follow
from hzstat.errors import HzstatError
from hzstat.formats import levels, line, markup, spark
from hzstat.formats.output import Renderer

COMMAND = [*running.HZSTAT, "line"]
HALF = line.fields({"cpu": 0.65, "usr": 0.6, "sys": 0.05, "wai": 0.0}, {"recv": 2**20, "send": 0.0},
                   {"MemTotal": 8 << 20, "MemAvailable": 2 << 20},
                   {"load1": 8.0, "load5": 3.9, "load15": 0.0})
NOTHING = line.fields({}, {}, {}, {})


def output(template, kind="tmux", interface=None, sampled=False, warn="", alarm=""):
    return Renderer(template, kind, levels.Levels(warn, alarm, cpus=4), interface, sampled, {})


run = partial(running.run, "line")


def following(count, *arguments):
    """The first lines that it prints under --follow."""
    with subprocess.Popen([*COMMAND, "--follow", "0.1", *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        shown = [process.stdout.readline() for _ in range(count)]
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (130, "")
    return shown


# -- levels ------------------------------------------------------------------------------------

@pytest.mark.parametrize(("field", "level"), [
    ("cpu", "warn"), ("bar", "warn"), ("usr", "ok"), ("wai", "ok"), ("mem", "ok"), ("used", "ok"),
    ("load1", "alarm"), ("load5", "ok"), ("load15", "ok"), ("recv", "ok"), ("net", "ok")])
def test_levels_by_default(field, level):
    assert levels.Levels(cpus=4).of(field, HALF) == level
    assert levels.Levels(cpus=4).of(field, NOTHING) == "ok"


def test_a_level_begins_at_its_threshold():
    for warn, alarm, level in (("75", "76", "warn"), ("75.1", "76", "ok"), ("70", "75", "alarm"),
                               ("99", "75", "alarm")):
        found = levels.Levels(f"mem={warn}", f"recv=1,mem={alarm}")
        assert found.of("mem", HALF) == found.of("used", HALF) == level
        assert found.of("recv", HALF) == "alarm"


@pytest.mark.parametrize("text", ["cpu", "cpu=", "cpu=x", "cpu=-1", "cpu=nan", "usr=5", "=5", ","])
def test_what_is_no_threshold(text):
    for option in ("--warn", "--alarm"):
        with pytest.raises(HzstatError, match=f"{option}.*NAME=NUMBER.*cpu, wai, mem"):
            levels.Levels(**{option.strip("-"): text})


def test_the_worst_level():
    assert levels.Levels(cpus=4).worst(HALF) == "alarm"
    assert levels.Levels(cpus=100).worst(HALF) == "warn"
    assert levels.Levels("cpu=66", cpus=100).worst(HALF) == "ok"
    assert levels.Levels().worst(NOTHING) == "ok"


# -- colours -----------------------------------------------------------------------------------

def test_tmux():
    shown = output("{cpu:6.1%}|{usr:.0%}|{load1:.2f}|{load5}", alarm="load=1.5")
    assert shown(HALF) == ("#[fg=colour16,bg=colour214] 65.0%#[default]|60%|"
                           "#[fg=colour231,bg=colour160]8.00#[default]|3.9")


def test_tmux_styles():
    for option, style in (("--warn", "fg=colour172"), ("--alarm", "fg=colour160")):
        done = run("--tmux", f"{option}=mem=0", f"{option}-style", style, "--format", "{mem:.0%}",
                   *(["--alarm=mem=101"] if option == "--warn" else []))
        assert re.fullmatch(rf"#\[{style}\]\d+%#\[default\]\n", done.stdout)
        assert done.stderr == ""


def test_ansi():
    assert output("{cpu:6.1%}|{usr:.0%}|{load1}", "ansi")(HALF) == \
        "\x1b[33m 65.0%\x1b[0m|60%|\x1b[1;31m8.0\x1b[0m"


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([line.TEMPLATE, line.BAR_TEMPLATE,
                                                          *(p[0] for p in line.PRESETS.values())]))
def test_without_its_colours_a_line_is_the_plain_one(cpu, wai, template):
    values = {**HALF, "cpu": cpu, "wai": wai}
    plain = line.render(template, values)
    assert re.sub(r"#\[[^]]*\]", "", output(template)(values)) == plain
    assert re.sub(r"\x1b\[[\d;]*m", "", output(template, "ansi")(values)) == plain
    assert output(template, "plain", warn="cpu=0", alarm="mem=0")(values) == plain


def test_a_colour_stays_about_a_value_however_it_is_shown():
    red, end = "#[fg=colour231,bg=colour160]", "#[default]"
    assert output("{mem!s}|{mem!r}|{mem}|{mem:>6.1f}", alarm="mem=0")(HALF) == \
        f"{red}0.75{end}|{red}0.75{end}|{red}0.75{end}|{red}   0.8{end}"


# -- names -------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kind", "name", "shown"), [
    ("plain", b"eth0", "eth0"), ("plain", b"#[x", "#[x"), ("tmux", b"eth0", "eth0"),
    ("tmux", b"a#b##", "a###[]b#####[]"), ("json", b"<a&b>", "&lt;a&amp;b&gt;"),
    ("ansi", b"\x1b[31m", r"\x1b[31m"), ("tmux", b"a\xff\n#", r"a\xff\n###[]"),
    ("plain", None, "total")])
def test_a_name_is_harmless(kind, name, shown):
    text = output("{net}", kind, name)(HALF)
    assert (json.loads(text)["text"] if kind == "json" else text) == shown


@given(st.text(st.characters(blacklist_categories=("C", "Z"))))
def test_in_pango_a_name_is_text(name):
    assert (ElementTree.fromstring(f"<x>{markup.pango_text(name)}</x>").text or "") == name


def test_the_host():
    assert run("--format", "{host}").stdout == os.uname().nodename + "\n"


# -- protocols ---------------------------------------------------------------------------------

def test_json():
    found = json.loads(output(line.MINIMAL, "json")(HALF))
    assert found.pop("tooltip").splitlines() == [
        "CPU 65.0%: 60.0% user, 5.0% system, 0.0% waiting", "memory 75.0%: 6.0 of 8.0 GiB",
        "total: 1.000 MiB/s received, 0.000 sent", "load 8.00 3.90 0.00"]
    assert found == {"text": "C: 65% M: 75%", "class": "alarm", "percentage": 65}


def test_json_of_what_is_missing():
    found = json.loads(output(line.TEMPLATE, "json")(NOTHING))
    assert "percentage" not in found
    assert found["class"] == "ok"
    assert found["text"] == "C:     - D:      -MB U:      -MB M:   -/   -GB"


def test_json_of_one_call_and_of_samples():
    done = run("--json", "--warn", "cpu=0")
    found = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert set(found) == {"text", "tooltip", "class", "percentage"}
    assert found["class"] in ("warn", "alarm")
    assert 0 <= found["percentage"] <= 100
    for text in following(2, "--json", "--preset", "full"):
        assert "at most, for a moment: CPU" in json.loads(text)["tooltip"]


def test_i3bar():
    version, *shown = following(5, "--i3bar", "--alarm", "mem=0")
    assert json.loads(version) == {"version": 1}
    assert shown[:2] == ["[\n", "[],\n"]
    everything = json.loads("".join(shown) + "[]]")
    for block in everything[1:3]:
        assert block[0]["color"] == "#d70000"
        assert block[0]["urgent"]
        assert re.fullmatch(r"C:[ \d]{2}\d\.\d% D:.*GB", block[0]["full_text"])
        assert re.fullmatch(r"C:[ \d]{3}% M:[ \d]{3}%", block[0]["short_text"])


# -- presets, curves ---------------------------------------------------------------------------

def test_presets():
    assert run("--preset", "classic", "--root", "/nowhere").stdout == \
        run("--root", "/nowhere").stdout == "C:     - D:      -MB U:      -MB M:   -/   -GB\n"
    assert re.fullmatch(r"C:[ \d]{3}% M:[ \d]{3}%\n", run("--preset=minimal").stdout)
    assert re.fullmatch(r"C:.*% \[.{10}\] D:.*GB [ \d]{3}% L:[ \d]{2}\.\d\d\n",
                        run("--preset", "full").stdout)
    for text in following(3, "--preset", "full"):
        assert re.fullmatch(r"C:.*% max[ \d]{4}% [▁-█ ]{20} D:.*MB [▁-█ ]{20} U:.*MB [▁-█ ]{20} "
                            r"M:.*GB [ \d]{3}% L:.*\n", text)


@given(st.lists(st.one_of(st.floats(0, 2), st.just(float("nan"))), max_size=30),
       st.sampled_from([spark.BLOCKS, spark.ASCII]))
def test_a_curve_is_as_high_as_its_numbers(cells, ramp):
    curve = spark.sparkline(cells, 1.0, ramp)
    assert len(curve) == len(cells)
    for cell, char in zip(cells, curve, strict=True):
        if cell != cell:
            assert char == " "
        else:
            assert abs(ramp.index(char) / 7 - min(cell, 1)) <= 0.5 / 7 + 1e-9


def test_a_curve_for_who_has_no_blocks():
    assert spark.characters("utf-8") == spark.characters("UTF8") == spark.BLOCKS
    assert spark.characters("latin-1") == spark.characters("ascii") == spark.characters(None) \
        == spark.characters("klingon") == spark.ASCII
    with subprocess.Popen([*COMMAND, "--follow", "0.1", "--format", "{cpu_spark}"], text=True,
                          env={**os.environ, "PYTHONIOENCODING": "latin-1"},
                          stdout=subprocess.PIPE) as process:
        assert set(process.stdout.readline().rstrip("\n")) <= {*spark.ASCII, " "}
        process.terminate()


# -- misuse ------------------------------------------------------------------------------------

@pytest.mark.parametrize(("arguments", "said"), [
    (["--format", "{cpu_max} {cpu_spark}"], "cpu_max, cpu_spark: only samples tell that"),
    (["--preset", "fancy"], "classic, full, minimal"), (["--i3bar"], "add --follow"),
    (["--tmux", "--json"], "--tmux and --json exclude"), (["--bar", "--preset=full"], "exclude"),
    (["--warn", "cpu=1"], "add --ansi or --tmux"), (["--warn-style", "x"], "add --tmux"),
    (["-r", "100"], "add --follow"), (["--tmux", "--warn", "disk=1"], "give NAME=NUMBER"),
    (["--follow", "-r", "0"], "samples a second"), (["--follow", "0.1", "-r5"], "give -r 10"),
    (["--follow", "1000", "-r", "10000"], "give -r 200 or less"),
    (["--follow", "--interval=1"], "--interval and --follow exclude"),
    (["--json=x"], "no option '--json=x'")])
def test_misuse_says_what_to_do(arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("asked", "every", "given", "rates"), [
    ({"cpu", "recv_spark", "load1"}, 0.5, "200", {"stat": 200, "net/dev": 200, "loadavg": 10}),
    ({"mem"}, 1.0, None, {"meminfo": 10}), ({"host"}, 1.0, None, {"stat": 100}),
    ({"cpu_max", "mem"}, 0.05, None, {"stat": 1000, "meminfo": 20}),
    ({"send_spark"}, 40.0, None, {"net/dev": 250}), ({"cpu"}, 1000.0, None, {"stat": 10}),
    ({"recv"}, 0.005, None, {"net/dev": 200}), ({"load5"}, 60.0, "1", {"loadavg": 1})])
def test_what_is_shown_is_sampled(asked, every, given, rates):
    assert cli_follow.rates_hz(asked, every, given) == rates


def test_bursts_of_the_kernels_counters_show_in_the_curve(tmp_path):
    """A stat that counts as the kernel does, of a CPU that is busy for 100 ms of each 500."""
    path = tmp_path / "stat"
    over = threading.Event()

    def text(ms):
        ticks = ms // 10 // 50 * 10 + min(ms // 10 % 50, 10)
        return "".join(f"{name} {ticks:09d} 0 0 {ms // 10 - ticks:09d} 0 0 0 0 0 0\n"
                       for name in ("cpu ", "cpu0")).encode()

    def count():
        with open(path, "r+b", buffering=0) as file:
            begun = time.monotonic()
            while not over.wait(0.002):
                os.pwrite(file.fileno(), text(round(1e3 * (time.monotonic() - begun))), 0)
    path.write_bytes(text(0))
    counting = threading.Thread(target=count)
    counting.start()
    try:
        with subprocess.Popen([*COMMAND, "--follow", "0.5", "--root", str(tmp_path), "--format",
                               "{cpu:.2f} {cpu_spark}"], text=True,
                              stdout=subprocess.PIPE) as process:
            # The share of a line is a fifth; where its curve is high it is low elsewhere.
            assert any(0.1 < float(line[:4]) < 0.3 and set("▆▇█") & set(line)
                       and line.count("▁") >= 10
                       for line in itertools.islice(process.stdout, 1, 12))
            process.terminate()
    finally:
        over.set()
        counting.join()
