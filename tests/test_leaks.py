"""No public function leaks: the short form of `make leaks`, whose million calls take minutes."""
import subprocess
import sys
from pathlib import Path


def test_nothing_grows():
    done = subprocess.run([sys.executable, Path(__file__).with_name("leaks.py"), "600"],
                          capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count("flat") > 20
