"""make asan: build with gcc's sanitizers, and run the parsers' tests there."""
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "fuzz"))
from sanitized import Asan  # noqa: E402

TESTS = ("test_parsers.py", "test_any_text.py", "test_keyed.py", "test_goldens.py", "test_live.py",
         "test_procfs.py", "test_parts.py", "test_ring.py", "test_attach.py",
         "test_attach_untrusted.py")
# Has an LD_PRELOAD of its own, before which ASan would have to be.
NOT = "tests/test_procfs.py::test_a_read_may_come_in_any_pieces"


def main():
    build = Asan()
    build.make()
    tests = [HERE.parent / name for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-p", "instrumented", "--deselect", NOT,
               HERE / "planted.py", *tests]
    environment = build.environment(HERE) | {"HZSTAT_INSTRUMENTED": str(build.lib)}
    return subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
