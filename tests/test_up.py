"""`up` with real processes: alone on its folder, on loopback only, and ended whole by whatever ends it."""

import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import time
from contextlib import closing, contextmanager, suppress

import psutil
import pytest

from pipeline.components import ROOT, Airflow, NotUp, free_port
from pipeline.up import LOCK, alone
from tests.terminal import Terminal

SECONDS = 300


class Start:
    """`soundings up` in the foreground of a terminal of its own, as a person starts it."""

    def __init__(self, folder):
        self.home, self.port, self.terminal = folder / ".soundings" / "airflow", free_port(), Terminal()
        command = [sys.executable, "-m", "pipeline", "up", "--config", str(folder / "soundings.toml"), "--port", str(self.port)]
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), self.terminal.inside)
        take = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # noqa: E731 - in the child, where this terminal becomes its own
        self.process = subprocess.Popen(command, cwd=ROOT, **ends, start_new_session=True, preexec_fn=take)  # noqa: PLW1509
        self.terminal.hand_over()

    @property
    def said(self):
        return self.terminal.said.decode()

    def until(self, is_so):
        deadline = time.monotonic() + SECONDS
        while not is_so():
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def sessions(self):
        """Each of Airflow's commands leads one."""
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def ended(self):
        """The exit status."""
        status = self.process.wait(SECONDS)
        self.terminal.close()
        return status


def left(sessions):
    """Processes that are still in one of these sessions."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def is_free(port):
    with closing(socket.socket()) as asked:
        return asked.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "records").mkdir()
    (tmp_path / "soundings.toml").write_text('[sources.records]\nuse = "files"\npath = "records"\nschedule = "@yearly"\n')
    return tmp_path


@contextmanager
def started(folder):
    start = Start(folder)
    try:
        yield start
    finally:
        start.process.terminate()
        start.ended()


def paused(start):
    running = Airflow(start.home, start.port)
    return {dag["dag_id"]: dag["is_paused"] for dag in running.ask("/api/v2/dags?limit=100")["dags"]}


DAG = """
    INSERT INTO dag (dag_id, is_paused, is_stale, bundle_name, timetable_type, timetable_partitioned, timetable_periodic, partition_mapper_info,
        max_active_tasks, max_consecutive_failed_dag_runs, has_task_concurrency_limits)
    VALUES ('report', 1, 0, 'dags-folder', '', 0, 0, '{}', 16, 0, 0)
"""


@pytest.fixture
def paused_before(folder):
    """A start that was ended as soon as Airflow's database stood, and a DAG that somebody paused."""
    with started(folder) as start:
        start.until((start.home / "scheduler.log").exists)
        sessions = start.sessions()
        start.process.send_signal(signal.SIGTERM)
        assert start.ended() != 0
        assert left(sessions) == []
    with closing(sqlite3.connect(start.home / "airflow.db")) as held, held:
        held.execute("INSERT INTO dag_bundle (name) VALUES ('dags-folder')")
        held.execute(DAG)
    return folder


@pytest.mark.timeout(900)
def test_it_leaves_paused_what_was_listens_on_loopback_alone_and_ends_whole_with_its_terminal(paused_before):
    with started(paused_before) as start:
        start.until(lambda: "(Ctrl-C stops it)" in start.said)
        start.until(lambda: len(paused(start)) == 4)
        sessions = start.sessions()
        listening = {line.laddr for process in left(sessions) for line in process.net_connections() if line.status == psutil.CONN_LISTEN}

        assert paused(start) == {"pull_records": False, "derive": False, "prompt": False, "report": True}
        assert len(sessions) == 4
        assert listening == {("127.0.0.1", start.port)}

        start.terminal.close()
        start.process.wait(SECONDS)
        assert (left(sessions), is_free(start.port)) == ([], True)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, b"\x03\x03"])
def test_whatever_ends_it_while_it_is_still_starting_ends_it_whole(folder, sent):
    with started(folder) as start:
        start.until(start.sessions)
        sessions = start.sessions()
        if isinstance(sent, bytes):
            start.terminal.type(sent)
        else:
            start.process.send_signal(sent)
        assert start.ended() != 0
        deadline = time.monotonic() + 10  # killed outright, it cannot wait for what it started
        while left(sessions) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left(sessions) == []


def test_a_second_start_says_who_runs_and_leaves_it_alone(folder):
    with started(folder) as start:
        start.until(lambda: (start.home / LOCK).exists() and (start.home / LOCK).read_text())
        second = Start(folder)

        assert second.ended() == 1
        assert re.search(rf"runs here already: http://127.0.0.1:{start.port}, process {start.process.pid}, since \d{{4}}-", second.said)
        assert start.process.poll() is None


def test_a_taken_port_is_told_before_anything_is_started(folder):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "pipeline", "up", "--config", str(folder / "soundings.toml"), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert re.fullmatch(rf"port {port} cannot be had .*: choose another one, such as --port \d+\n", done.stderr)
    assert [path.name for path in (folder / ".soundings" / "airflow").iterdir()] == [LOCK]


def test_a_state_folder_that_cannot_be_made_is_one_line(folder):
    (folder / ".soundings").write_text("mine")
    command = [sys.executable, "-m", "pipeline", "up", "--config", str(folder / "soundings.toml"), "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert re.fullmatch(r"\[Errno \d+\] Not a directory: '\S+airflow'\n", done.stderr)


@pytest.mark.parametrize("left", ["", "{", '{"pid": 1, "url": "http://127.0.0.1:1", "since": "long ago"}'])
def test_a_lock_that_was_left_behind_is_no_obstacle(tmp_path, left):
    (tmp_path / LOCK).write_text(left)
    with alone(tmp_path, free_port()):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
        with pytest.raises(NotUp, match=f"process {os.getpid()}"), alone(tmp_path, free_port()):
            pass
    with alone(tmp_path, free_port()):
        pass
