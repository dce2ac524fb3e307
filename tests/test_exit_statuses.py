"""How each command ends, as its man page says; and that it says why in one line."""
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import HZSTAT, run

from hzstat import cli
from hzstat.cli_parser import STATUSES

ROWS = ["0.05", "1"]
SOURCES = ["sources", "--seconds", "0.1"]
FOLLOW = ["line", "--follow", "0.05"]
MANY = ["0.05"]
SHORT_BENCH = ["bench", "countdown", "-n", "1", "--rounds", "2", "-j", "1", "--modes", "serial"]
LONG_BENCH = ["bench", "countdown", "--modes", "serial", "--full", "--rounds", "1"]


def said_once(stderr):
    """One line, in the one style."""
    assert re.fullmatch(r"hzstat: [^\n]+\n", stderr), stderr
    return stderr


@pytest.mark.parametrize("words", [ROWS, ["line"], SOURCES, ["bench", "--help"], ["--version"],
                                   ["--list"]], ids=" ".join)
def test_done(words):
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("words", [ROWS, ["line"], SOURCES, ["--help"], ["line", "--help"],
                                   SHORT_BENCH], ids=" ".join)
def test_output_that_cannot_be_written(words):
    with Path("/dev/full").open("w") as full:
        done = run(*words, stdout=full)
    assert done.returncode == cli.FAILED
    assert "No space left on device; make room" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [ROWS, ["line"], ["--help"]], ids=" ".join)
def test_output_that_is_closed(words):
    done = run(*words, stdout=None, preexec_fn=lambda: os.close(1))
    assert done.returncode == cli.FAILED
    assert "standard output is closed; give one" in said_once(done.stderr)


def test_whoever_closes_stderr_gets_rows_and_nothing_else(tmp_path):
    done = run("--root", tmp_path, "0.05", "1", stderr=None, preexec_fn=lambda: os.close(2))
    assert (done.returncode, done.stdout) == (cli.FAILED, "")


def test_a_bench_without_stderr():
    done = run(*SHORT_BENCH, stderr=None, preexec_fn=lambda: os.close(2))
    assert done.returncode == 0
    assert "counting down" in done.stdout


@pytest.mark.parametrize("words", [ROWS, SOURCES, SHORT_BENCH], ids=" ".join)
def test_without_numpy(tmp_path, words):
    (tmp_path / "hzstat").symlink_to(Path(cli.__file__).parent)
    done = subprocess.run([sys.executable, "-S", "-m", "hzstat", *words], text=True, timeout=60,
                          capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (
        cli.FAILED, "hzstat: this needs numpy, which isn't installed: pip install numpy\n")


@pytest.mark.parametrize(("words", "said"), [
    (["--root", "/nowhere", *ROWS], "/nowhere/stat: No such file or directory"),
    (["bench", "compare", "/nowhere", "/nowhere"], "/nowhere: No such file or directory"),
    (["-c", "--cpu-source", "schedstat", "--root", "/nowhere", *ROWS], "can't be had: there are")],
    ids=lambda words: words[0] if isinstance(words, list) else "")
def test_failed(words, said):
    done = run(*words)
    assert (done.returncode, done.stdout) == (cli.FAILED, "")
    assert said in done.stderr


@pytest.mark.parametrize("command", [cli.ROWS, *cli.COMMANDS])
def test_misused(command):
    words = [] if command == cli.ROWS else [command]
    done = run(*words, "--no-such-option")
    assert (done.returncode, done.stdout) == (cli.MISUSED, "")
    # It ends with the command that tells what is allowed.
    advice = re.search(r"see (hzstat.* --help)\n$", said_once(done.stderr))[1]
    assert run(*advice.split()[1:]).returncode == 0


@pytest.mark.parametrize("words", [MANY, FOLLOW], ids=" ".join)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGHUP, cli.HUNG_UP),
                                                (signal.SIGINT, cli.INTERRUPTED),
                                                (signal.SIGTERM, cli.TERMINATED)])
def test_signals(words, number, status):
    with subprocess.Popen([*HZSTAT, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        process.stdout.readline()
        process.send_signal(number)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (status, "")


@pytest.mark.parametrize("words", [["sources", "--seconds", "60"], LONG_BENCH], ids=" ".join)
def test_commands_that_watch_or_count_hear_ctrl_c(words):
    with subprocess.Popen([*HZSTAT, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as process:
        time.sleep(2)                           # of many that it takes; it has long started
        os.killpg(process.pid, signal.SIGINT)   # as a terminal does
        process.communicate(timeout=20)
    assert process.returncode == cli.INTERRUPTED


@pytest.mark.parametrize("words", [MANY, FOLLOW], ids=" ".join)
def test_whoever_reads_has_gone(words):
    with subprocess.Popen([*HZSTAT, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == cli.BROKEN_PIPE


def test_every_status_is_told():
    assert set(STATUSES) == {0, cli.FAILED, cli.MISUSED, cli.HUNG_UP, cli.INTERRUPTED,
                             cli.BROKEN_PIPE, cli.TERMINATED}


# -- how much is said ----------------------------------------------------------------------------

def test_quiet_says_no_notes_but_what_failed(tmp_path):
    for name in ("stat", "loadavg"):
        (tmp_path / name).write_bytes(Path(f"/proc/{name}").read_bytes())
    loud, quiet = (run(*words, "--root", tmp_path, "-ml", *ROWS) for words in ([], ["-q"]))
    assert "meminfo: No such file" in said_once(loud.stderr)
    assert (quiet.stderr, quiet.returncode) == ("", 0)
    assert quiet.stdout.splitlines()[0] == loud.stdout.splitlines()[0]
    assert said_once(run("-q", "--root", "/nowhere", "-l", *ROWS).stderr)


def test_verbose_says_what_was_decided():
    done = run("-v", "-r", "200,stat=400", "-j", "1", "-cn", *ROWS)
    assert done.returncode == 0
    assert "max of the CPUs is read from stat" in done.stderr
    worker = re.search(r"worker (\d+) samples (.*)\n", done.stderr)
    assert "stat each 2.5 ms" in worker[2]
    assert "net/dev each 5 ms" in worker[2]
    assert all(line.startswith("hzstat: ") for line in done.stderr.splitlines())


def test_verbose_line(tmp_path):
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    first = run("line", "-v", env=environment)
    assert "no sample to compare with" in first.stderr
    second = run("line", "-v", env=environment)
    assert re.fullmatch(r"hzstat: over \d\.\d{3} s; samples are kept in \S+\n", second.stderr)
    assert run("line", "-q", env=environment).stderr == ""
