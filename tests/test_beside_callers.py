"""hzstat.record() in other programs: those that are killed, the REPL's, a pool's."""
import os
import signal
import subprocess
import sys
import time

import pytest
from running import children, command_of
from test_beside import gone
from waiting import until

import hzstat

PROGRAM = """
import hzstat, os, time
with hzstat.record({{"loadavg": 200}}, {path!r}, flush_seconds=0.05) as rec:
    print("ready", flush=True)
    {body}
print(len(rec["loadavg"]) > 0, rec.meta["ended"]["reason"])
"""


@pytest.mark.parametrize("body", ["time.sleep(50)", "os.fork() or time.sleep(9); time.sleep(50)"])
def test_nothing_outlives_a_caller_that_is_killed(tmp_path, body):
    program = PROGRAM.format(path=str(tmp_path / "run"), body=body)
    caller = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    caller.stdout.readline()
    time.sleep(0.1)
    started = children(caller.pid)
    pid, = (one for one in started if b"--until-eof" in command_of(one))
    caller.kill()
    caller.wait()
    until(lambda: gone(pid))
    caller.stdout.close()
    for one in started:
        if one != pid:
            os.kill(one, signal.SIGKILL)
    rec = hzstat.load(tmp_path / "run")
    assert rec.meta["ended"]["reason"] == "block"
    assert len(rec["loadavg"]) > 5


@pytest.mark.parametrize("how", [["-c"], ["-"], ["-i", "-q"]])
def test_callers_without_a_file(tmp_path, how):
    """Among them the REPL; in a folder with modules that are called as ours."""
    # From Python 3.13 on the REPL itself needs signal.
    for name in ("json.py", "hzstat.py", *(["signal.py"] if "-i" not in how else [])):
        (tmp_path / name).write_text("raise SystemExit('not this one')")
    program = "import sys; sys.path.remove(''); import argparse, hzstat.recordings.beside\n" \
        "sys.path.insert(0, '')\n" \
        + PROGRAM.format(path=str(tmp_path / "run"), body="time.sleep(0.1)").replace(
            "\nprint(len", "\n\nprint(len").lstrip()
    command, text = ([*how, program], "") if how == ["-c"] else (how, program)
    done = subprocess.run([sys.executable, *command], input=text, capture_output=True, text=True,
                          timeout=60, cwd=tmp_path)
    assert "ready" in done.stdout
    assert done.stdout.endswith("True block\n"), done.stderr


def test_the_temporary_directory_goes_at_exit(tmp_path):
    program = PROGRAM.format(path=None, body="path = rec.path") + "print(path)\nos._exit(0) " \
        "if os.fork() == 0 else os.wait()\nprint(os.path.exists(path))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=60, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.stdout.endswith("True\n"), done.stderr
    assert str(tmp_path) in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_ctrl_c_that_the_block_survives_does_not_end_it():
    program = PROGRAM.format(path=None, body="""
    try:
        print("steady", flush=True)
        time.sleep(50)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    time.sleep(0.2)""")
    caller = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                              process_group=0)
    assert [caller.stdout.readline() for _ in range(2)] == ["ready\n", "steady\n"]
    os.killpg(caller.pid, signal.SIGINT)
    said = caller.communicate(timeout=30)[0]
    assert said == "interrupted\nTrue block\n"


POOL = """
import hzstat, multiprocessing, sys, time
def work(hz):
    with hzstat.record({"stat": hz}) as rec:
        time.sleep(0.1)
    return rec
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        recs = pool.map(work, [100, 200])
    print([(len(rec["stat"]) > 0, rec.meta["sources"]["stat"]["rate_hz"]) for rec in recs])
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_the_workers_of_a_pool_record_and_return_it(tmp_path, method):
    (tmp_path / "pool.py").write_text(POOL)
    done = subprocess.run([sys.executable, tmp_path / "pool.py", method], capture_output=True,
                          text=True, timeout=60)
    assert done.stdout == "[(True, 100.0), (True, 200.0)]\n", done.stderr
