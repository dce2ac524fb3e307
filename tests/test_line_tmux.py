"""`hzstat line` in a real tmux: what its status line shows, looked at through another tmux."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

PLUGIN = Path(__file__).parent.parent / "contrib" / "tmux" / "hzstat.tmux"
NAMES = ("#[fg=red]", "#", "a##b", "#S", "##{pid}", "#(date)", "x#,", "100%d")

pytestmark = [pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux"),
              pytest.mark.skipif(not PLUGIN.is_file(), reason="contrib/ is not here")]


@pytest.fixture
def root(tmp_path):
    """A tree in which 75 % of the memory are used, and interfaces have odd names."""
    tree = tmp_path / "proc"
    (tree / "net").mkdir(parents=True)
    (tree / "stat").write_text("cpu  9 0 5 100 0 0 0 0 0 0\ncpu0 9 0 5 100 0 0 0 0 0 0\nctxt 1\n")
    (tree / "loadavg").write_text("0.50 0.25 0.10 1/2 3\n")
    (tree / "meminfo").write_text("MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: 2097152 kB\n")
    (tree / "net/dev").write_text("Inter-|\n face |bytes\n" + "".join(
        f"{name}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n" for name in NAMES))
    return tree


@pytest.fixture
def bar(tmp_path):
    """Start tmux with a configuration: a function that captures its status line, with colours."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "hzstat"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m hzstat "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}",
                   "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
    environment.pop("TMUX", None)

    def tmux(server, *arguments):
        return subprocess.run(["tmux", "-S", tmp_path / server, *arguments], env=environment,
                              text=True, capture_output=True, timeout=30, check=False).stdout

    def start(*settings):
        (tmp_path / "conf").write_text("\n".join((
            "set -g status-interval 1", "set -g status-right-length 200", "set -g status-left ''",
            "set -g window-status-current-format ''", *settings)))
        tmux("inner", "-f", str(tmp_path / "conf"), "new-session", "-d", "sleep 100")
        tmux("outer", "-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "5",
             f"TMUX= tmux -S {tmp_path}/inner attach")
        tmux("outer", "set-option", "-g", "status", "off")
        return lambda: tmux("outer", "capture-pane", "-p", "-e").rstrip("\n").rpartition("\n")[2]
    yield start
    for server in ("outer", "inner"):
        tmux(server, "kill-server")


def plain(shown):
    return re.sub(r"\x1b\[[\d;]*m", "", shown)


def test_the_plugin_writes_the_line_where_it_is_asked_to(bar):
    shown = bar("set -g @hzstat_options '--preset minimal'",
                "set -g status-right 'at #{hzstat} and #{hzstat} %%'", f"run-shell {PLUGIN}")
    line = r"C:[ \d]{3}% M:[ \d]{3}%"
    until(lambda: re.search(f"at {line} and {line} %$", plain(shown())))


def test_colours_come_and_go_by_level(bar, root):
    shown = bar("set -g status-right '" + "".join(
        f"#(hzstat line --root {root} --tmux --warn mem={warn} --alarm mem={alarm} "
        f'--format "{{mem:.0%%}}|")' for warn, alarm in ((80, 90), (75, 90), (70, 75))) + "'")
    text = until(lambda: (found := shown()).count("75%") == 3 and found)
    ok, warn, alarm, end = text.split("75%")
    assert "48;5;" not in ok
    assert "48;5;214" in warn
    assert "48;5;160" in alarm
    assert "48;5;" not in end


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(bar, root, name):
    (root / "name").write_text(name)
    call = f'hzstat line --root {root} --tmux -N "$(cat {root}/name)" --format "<{{net}}>"'
    shown = bar(f"set -g status-right '#({call})[x'")
    assert until(lambda: re.search("<.*>.*", plain(shown())))[0] == f"<{name}>[x"


def test_a_line_that_follows_shows_curves_and_ends_with_tmux(bar, tmp_path):
    marker = f"--warn=cpu=99,mem={os.getpid() % 100}.123456"
    shown = bar("set -g status-right '"
                f'#(exec hzstat line --follow 0.2 --tmux {marker} --preset full)' + "'")
    until(lambda: re.search(r"max[ \d]{4}% [▁▂▃▄▅▆▇█]{20} D:", plain(shown())))
    assert running(marker)
    subprocess.run(["tmux", "-S", tmp_path / "inner", "kill-server"], timeout=30, check=True)
    until(lambda: not running(marker))


def running(marker):
    """The processes that have this among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if marker in arguments:
            found.append(path.parent.name)
    return found
