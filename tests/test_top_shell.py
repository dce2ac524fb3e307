"""`hzstat top` as a job of a shell: stopped, in the background, in front again, ended."""
import re
import shutil
import sys

import pytest
from terminal import Terminal

TOP = f"{sys.executable} -m hzstat top"


@pytest.fixture
def shell():
    if not shutil.which("bash"):
        pytest.skip("no bash")
    bash = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    with Terminal(bash, environment={"PS1": "$ "}) as terminal:
        terminal.until(lambda: "$" in terminal.text)
        yield terminal


def until_jobs_say(shell, words):
    """Have the shell look after its jobs until it says this of one."""
    def said():
        shell.press("jobs\n")
        shell.look(0.2)
        return words in shell.text
    shell.until(said)
    shell.press("clear\n")
    shell.until(lambda: shell.text.strip() == "$")


def test_stop_and_go_on(shell):
    shell.press(f"{TOP}\n")
    shell.until(lambda: "/s  missed" in shell.text)
    drawn = shell.mode
    for _ in range(2):
        shell.press("\x1a")
        shell.until(lambda: "Stopped" in shell.text)
        assert shell.mode[3] != drawn[3]        # the shell has its own mode again
        shell.press("fg\n")
        shell.until(lambda: "/s  missed" in shell.text and "Stopped" not in shell.lines[-1])
        assert shell.mode == drawn
    shell.press("q")
    shell.until(lambda: shell.text.strip() == "$")
    shell.press("stty -a | grep -o '[-]*icanon'; exit\n")
    shell.until(lambda: re.search("^([$] )?icanon$", shell.text, re.MULTILINE))


def test_it_can_be_ended_while_it_is_stopped(shell):
    shell.press(f"{TOP}\n")
    shell.until(lambda: "/s  missed" in shell.text)
    shell.press("\x1a")
    until_jobs_say(shell, "Stopped")
    shell.press("kill %1\n")
    until_jobs_say(shell, "Exit 143")


def test_in_the_background_it_waits_until_it_is_in_front_or_ended(shell):
    shell.press(f"{TOP} &\n")
    until_jobs_say(shell, "Stopped")
    assert b"\033[?1049h" not in shell.sent
    shell.press("fg\n")
    shell.until(lambda: "/s  missed" in shell.text)
    shell.press("q")
    shell.until(lambda: shell.text.strip() == "$")
    shell.press(f"{TOP} &\n")
    until_jobs_say(shell, "Stopped")
    shell.press("kill %1\n")
    until_jobs_say(shell, "Exit 143")
