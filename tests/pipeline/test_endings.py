"""What ends a program, and when it is heard."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from shutil import which

import pytest

from pipeline.endings import ENDING, heard_afterwards, until_told
from tests.terminal import Terminal


@pytest.mark.parametrize("sent", ENDING)
def test_what_is_begun_when_the_end_is_told_is_known_before_it_is_heard(sent):
    """As a process that is being started: who was interrupted before its number was noted would leave it behind."""
    known = []

    def work():
        with until_told():
            with heard_afterwards():
                signal.raise_signal(sent)
                known.append("begun")
            known.append("went on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert known == ["begun"]


def test_what_nobody_told_is_not_heard_and_everything_is_as_before():
    before = [signal.getsignal(sent) for sent in ENDING]
    with until_told(), heard_afterwards():
        pass

    assert [signal.getsignal(sent) for sent in ENDING] == before


WORK = """
import pathlib, time
from pipeline.endings import until_told
try:
    with until_told():
        pathlib.Path("begun").touch()
        time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path("ended").touch()
"""


@pytest.mark.parametrize(("before", "is_heard"), [("", True), ("nohup ", False)])
def test_a_terminal_that_goes_is_heard_under_make_which_keeps_it_to_itself(tmp_path, before, is_heard):
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    (tmp_path / "Makefile").write_text(f"work:\n\t@{before}{sys.executable} work.py\n", encoding="utf-8")
    terminal = Terminal()
    ends = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.inside)
    take = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # noqa: E731 - in the child, where this terminal becomes its own
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    made = subprocess.Popen([which("make"), "work"], cwd=tmp_path, env=path, **ends, start_new_session=True, preexec_fn=take)  # noqa: PLW1509
    terminal.hand_over()
    try:
        wait_for(tmp_path / "begun")
        terminal.close()
        if is_heard:
            wait_for(tmp_path / "ended")
        else:
            time.sleep(2.5)
            assert not (tmp_path / "ended").exists()
    finally:
        terminal.close()
        os.killpg(made.pid, signal.SIGKILL)
        made.wait()


def wait_for(path, seconds=30):
    """Until the file is there."""
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.05)
