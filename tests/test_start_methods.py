"""A Sampler in scripts, in the interpreter, by fork, spawn and forkserver."""
import multiprocessing
import signal
import subprocess
import sys
import time

import pytest

import hzstat

# Since Python 3.12 a fork next to numpy's threads warns; the workers are made for that.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

METHODS = ("fork", "spawn", "forkserver")
PROGRAM = """\
import multiprocessing
import hzstat
def main():
    context = multiprocessing.get_context("METHOD")
    with hzstat.Sampler({"stat": 200, "net/dev": 100}, jobs=2, context=context) as sampler:
        for name in sampler:
            ticks = []
            for records in sampler[name].follow(timeout=5.0):
                assert not records["status"].any()
                ticks += records["tick"].tolist()
                if len(ticks) >= 30:
                    break
            print(name, len(ticks) >= 30, ticks == sorted(set(ticks)))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", ["script", "-c", "repl"])
def test_start_methods(how, method, tmp_path):
    program = PROGRAM.replace("METHOD", method)
    path = tmp_path / "program.py"
    path.write_text(program)
    arguments = {"script": [path], "-c": ["-c", program], "repl": ["-i", "-q"]}[how]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True,
                          timeout=60, input=program if how == "repl" else "")
    assert done.stdout == "stat True True\nnet/dev True True\n"
    assert done.stderr.replace(">>> ", "").replace("... ", "").strip() == ""
    assert done.returncode == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_caller_with_threads(method):
    """Threads that allocate, import and print all the while, when the workers are started."""
    program = PROGRAM.replace("METHOD", method).replace("    main()", """\
    import threading
    over = threading.Event()
    def work():
        while not over.wait(0.0001):
            __import__("random").randbytes(10_000), print(end="", flush=True)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    threads.append(threading.Thread(target=main))       # nor is it the main thread
    threads[-1].start()
    threads[-1].join()
    over.set()
""")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=60)
    assert (done.stdout, done.stderr) == ("stat True True\nnet/dev True True\n", "")


@pytest.mark.parametrize("method", METHODS)
def test_other_children_of_the_caller_can_still_be_ended(method):
    """A worker starts with signals blocked: that mustn't reach the forkserver's other children."""
    context = multiprocessing.get_context(method)
    with hzstat.Sampler({"loadavg": 10}, context=context):
        other = context.Process(target=time.sleep, args=(60,))
        other.start()
        other.terminate()
        other.join(30)
        assert other.exitcode == -signal.SIGTERM
