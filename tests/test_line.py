"""`hzstat line`: exactly one line, at once, for next to nothing."""
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

import hzstat
from hzstat import shares, state, status
from hzstat.errors import HzstatError
from hzstat.formats import line

COMMAND = [sys.executable, "-m", "hzstat", "line"]
SECOND = 10**9
DEFAULT = re.compile(r"C:[ \d]{2}\d\.\d% D:[ \d]{2}\d\.\d{3}MB U:[ \d]{2}\d\.\d{3}MB "
                     r"M:[ \d]\d\.\d/[ \d]*\d\.\dGB\n")


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """Where the state is kept in this test."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def at_once(monkeypatch):
    """A call that must not wait."""
    monkeypatch.setattr(status.time, "sleep", lambda seconds: pytest.fail(f"slept {seconds} s"))


@pytest.fixture
def root(tmp_path):
    """A copy of the host's files: those that are read here are kept still."""
    for name in ("stat", "meminfo", "net/dev", "loadavg"):
        path = tmp_path / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(f"/proc/{name}", path)
    return tmp_path / "proc"


def hzstat_line(*arguments):
    return subprocess.run([*COMMAND, *map(str, arguments)], text=True, capture_output=True,
                          timeout=30, check=False)


def quiet(text):
    pytest.fail(text)


def test_the_line(runtime):
    for _ in range(2):
        done = hzstat_line()
        assert (done.returncode, done.stderr) == (0, "")
        assert DEFAULT.fullmatch(done.stdout)
    assert os.listdir(runtime) == [status.FILE]


def test_the_template_by_example():
    shown = line.fields({"cpu": 0.053}, {"recv": 1100, "send": 2100},
                        {"MemTotal": 8178893, "MemAvailable": 6920602}, {})
    assert line.render(line.TEMPLATE, shown) == "C:  5.3% D:  0.001MB U:  0.002MB M: 1.2/ 7.8GB"


def test_a_bar_has_ten_cells(runtime):
    done = hzstat_line("--bar")
    assert re.match(r"C:[ \d]{2}\d\.\d% \[\|* *\] D:", done.stdout)
    for cpu, bar in ((0, ""), (0.099, ""), (0.1, "|"), (0.55, "|||||"), (1, "||||||||||")):
        assert line.fields({"cpu": cpu}, {}, {}, {})["bar"] == bar.ljust(10)


# -- the state ---------------------------------------------------------------------------------

def keep(runtime, frozen):
    """A state of 10 s ago, since when only the fields that aren't `frozen` have counted."""
    now, counters, nets = status.take("/proc", quiet)
    counters = tuple(number * (field in frozen)
                     for field, number in zip(shares.FIELDS, counters, strict=True))
    sample = now - 10 * SECOND, counters, dict.fromkeys(nets, (0, 0))
    state.save(str(runtime / status.FILE), [sample])
    return sample


@pytest.mark.usefixtures("at_once")
def test_a_later_call_is_about_the_time_since_the_one_before(runtime):
    keep(runtime, frozen=("idle", "iowait"))
    assert float(status.once("{cpu}", None, 0.1, quiet)) > 0.5
    keep(runtime, frozen=shares.BUSY_FIELDS)
    assert float(status.once("{cpu}", None, 0.1, quiet)) < 0.5


@pytest.mark.usefixtures("at_once")
def test_what_is_kept_is_the_sample_of_this_call(runtime):
    before = keep(runtime, frozen=())
    status.once(line.TEMPLATE, None, 0.1, quiet)
    first, second = state.load(str(runtime / status.FILE))
    assert first == before
    assert second[0] - first[0] >= 10 * SECOND
    status.once(line.TEMPLATE, None, 0.1, quiet)
    assert state.load(str(runtime / status.FILE))[-1][0] >= second[0]


@pytest.mark.parametrize("garbage", [b"", b"\xff\0", b"hzstat-line-1 x end\n"])
def test_garbage_is_replaced(runtime, garbage):
    path = runtime / status.FILE
    path.write_bytes(garbage)
    path.chmod(0o600)
    done = hzstat_line()
    assert (done.returncode, done.stderr) == (0, "")
    assert state.load(str(path))


def test_another_tree_keeps_no_state(runtime, root):
    done = hzstat_line("--root", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.listdir(runtime) == []


def sample(seconds, *counters, **nets):
    return (round(seconds * SECOND), (*counters, *[0] * (8 - len(counters))),
            {name.encode(): traffic for name, traffic in nets.items()})


def test_the_baseline_is_the_newest_that_is_an_interval_old():
    kept, now = [sample(1, 1), sample(2, 2)], sample(2.5, 3)
    assert status.baseline(kept, now, SECOND // 10) == kept[1]
    assert status.baseline(kept, now, SECOND) == kept[0]
    assert status.baseline(kept, now, 100 * SECOND) == kept[0]      # the oldest, at once
    assert status.baseline([], now, SECOND) is None


@pytest.mark.parametrize("old", [
    sample(2.5, 3), sample(2.49, 3), sample(9, 3),      # just now, and from the future
    sample(1, 4), (SECOND, (), {})])                    # counters that fell, or that lacked
def test_what_is_no_baseline(old):
    assert status.baseline([old], sample(2.5, 3), 1) is None


def test_what_is_too_old_is_no_baseline():
    assert status.baseline([sample(1)], sample(1 + 301), 1) is None
    assert status.baseline([sample(1)], sample(1 + 299), 1) == sample(1)


def test_shares():
    before = sample(0, 10, 10, 10, 10, 10, 10, 10, 10)
    after = sample(1, 15, 10, 25, 50, 5, 20, 20, 20)        # iowait ran backwards
    found = status.cpu_shares(before, after)
    total = 5 + 15 + 40 + 10 + 10 + 10
    assert found == pytest.approx({"cpu": 50 / total, "usr": 5 / total, "sys": 35 / total,
                                   "idl": 40 / total, "wai": 0, "stl": 10 / total})
    assert status.cpu_shares(before, before) == {}
    assert status.cpu_shares((0, (), {}), after) == {}


def test_rates():
    before = sample(0, lo=(0, 0), eth0=(100, 10), ppp0=(10**9, 10**9), gone=(1, 1))
    after = sample(2, lo=(10**9, 10**9), eth0=(300, 10), ppp0=(5, 5), new=(10**9, 10**9))
    assert status.net_rates(before, after, None) == {"recv": 100, "send": 0}
    assert status.net_rates(before, after, b"lo") == {"recv": 5e8, "send": 5e8}
    for name in (b"ppp0", b"gone", b"new"):
        assert status.net_rates(before, after, name) == {}
    assert status.net_rates(before, (2 * SECOND, (), {}), None) == {}


# -- templates, options ------------------------------------------------------------------------

@pytest.mark.parametrize("name", line.FIELDS)
def test_each_field_may_be_shown(runtime, at_once, name):
    keep(runtime, frozen=())
    assert float(status.once(f"{{{name}:.3f}}", None, 0.1, quiet)) >= 0


def test_fields_of_memory_and_load(root):
    (root / "meminfo").write_text("MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: 2097152 kB\n")
    (root / "loadavg").write_text("0.50 12.25 345.00 1/234 5678\n")
    done = hzstat_line("--root", root, "--format={used} {total} {avail} {load1} {load5} {load15}")
    assert done.stdout == "6.0 8.0 2.0 0.5 12.25 345.0\n"


def test_what_is_missing_is_a_dash_as_wide(root):
    (root / "meminfo").write_text("MemTotal: 8388608 kB\nMemFree: 1 kB\n")
    (root / "stat").unlink()
    done = hzstat_line("--root", root, "--bar")
    assert done.returncode == 0
    assert done.stderr.startswith(f"hzstat: {root}/stat: No such file")
    assert re.fullmatch(r"C:     - \[-{10}\] D:  0\.000MB U:  0\.000MB M:   -/ 8\.0GB\n",
                        done.stdout)


def test_a_missing_field_shows_as_a_dash_however_it_is_converted():
    shown = line.fields({}, {}, {}, {})
    assert line.render("{cpu!r}{cpu!s}{cpu}{cpu:>4}{cpu:06.1%}", shown) == "---   -     -"


def test_one_interface(runtime, root):
    for option in (["-N", "lo"], ["-Nlo"], ["--net=lo"]):
        done = hzstat_line("--root", root, "--format", "{recv:.3f}", *option)
        assert (done.returncode, done.stdout, done.stderr) == (0, "0.000\n", "")
    done = hzstat_line("-N", "no\x1b[such")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are lo" in done.stderr
    assert "\x1b" not in done.stderr


def test_an_empty_template_is_an_empty_line(root):
    assert hzstat_line("--root", root, "--format", "").stdout == "\n"


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape", "ascii:strict"])
def test_what_the_output_cannot_show_is_escaped(root, encoding):
    (root / "net/dev").write_text("Inter-|\n face |bytes\nü: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
    done = subprocess.run([*COMMAND, "--root", root, "-Nü", "--format", b"{net} \xff"],
                          env={**os.environ, "PYTHONIOENCODING": encoding},
                          capture_output=True, timeout=30, check=True)
    shown = "\\xfc" if encoding == "ascii:strict" else "ü"
    assert done.stdout.decode() == f"{shown} \\udcff\n"


@pytest.mark.parametrize("template", ["{cpuu}", "{cpu} {0}", "{}", "{cpu.real.x}"])
def test_an_unknown_field_is_an_error_that_lists_them(template):
    done = hzstat_line("--format", template)
    assert (done.returncode, done.stdout) == (2, "")
    assert ", ".join(line.FIELDS) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("template", ["{cpu", "cpu}", "{cpu:d}", "{cpu[0]}", "{cpu!x}", "{net[9]}",
                                      "{cpu.real}"])        # a missing cpu has none
def test_a_broken_template_is_an_error(template):
    with pytest.raises(HzstatError, match="--format"):
        line.asked(template)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--frob"], "--frob"), (["0.5"], "0.5"), (["--format"], "takes a value"),
    (["--interval", "0"], "from 0.001 to 60"), (["--interval", "nan"], "from 0.001 to 60"),
    (["--interval=x"], "from 0.001 to 60"), (["--follow", "0"], "from 0.05 to 1000"),
    (["--follow=-1"], "from 0.05 to 1000"), (["--follow", "word"], "from 0.05 to 1000")])
def test_misuse_says_what_is_allowed(arguments, said):
    done = hzstat_line(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_the_fields():
    done = hzstat_line("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(re.search(rf"\b{name}\b", done.stdout) for name in line.FIELDS)


# -- cost, and company -------------------------------------------------------------------------

@pytest.mark.parametrize("colours", [[], ["--tmux"], ["--ansi", "--alarm", "mem=0"]])
def test_next_to_nothing_is_imported(runtime, colours):
    """Without what a site may import by itself (-S), which is told then where hzstat is."""
    call = f"import sys; from hzstat.cli import main; sys.exit(main({['line', *colours]}))"
    done = subprocess.run([sys.executable, "-S", "-X", "importtime", "-c", call], text=True,
                          capture_output=True, timeout=30, check=True,
                          env={**os.environ, "PYTHONPATH": os.path.dirname(hzstat.__path__[0])})
    imported = {row.rsplit("|", 1)[1].strip() for row in done.stderr.splitlines() if "|" in row}
    assert "hzstat.status" in imported
    assert not {name.partition(".")[0] for name in imported} & {
        "numpy", "argparse", "multiprocessing", "subprocess", "threading", "socket", "typing",
        "re", "json", "enum", "collections"}


def test_follow_goes_on_until_it_is_interrupted(root):
    with subprocess.Popen([*COMMAND, "--follow", "0.1", "--root", str(root)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        shown = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 130
    assert complaints == ""
    assert all(text.startswith("C:     - D:  0.000MB U:  0.000MB M:") for text in shown)


def test_nothing_to_follow_is_a_failure_and_no_misuse():
    done = hzstat_line("--follow", "--root", "/nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hzstat: /nowhere/stat: No such file or directory\n"


def test_follow_says_once_what_is_missing(root):
    (root / "stat").unlink()
    with subprocess.Popen([*COMMAND, "--follow", "0.1", "--root", str(root)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith("C:     - D:")
        process.terminate()
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 143
    assert complaints == f"hzstat: {root}/stat: No such file or directory\n"
