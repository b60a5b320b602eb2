"""Airflow on this machine: its processes started together, asked over its REST API, and ended together with no orphan left."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from socket import socket
from typing import Any

from pipeline.endings import heard_afterwards
from pipeline.underway import under_way

ROOT = Path(__file__).resolve().parent.parent
AIRFLOW = str(Path(sys.executable).parent / "airflow")
TRIES = 5
MIGRATE_SECONDS = 180
# Logs are read from their files here; Airflow's servers of logs listen on every address of the machine, and nothing tells them not to.
COMPONENTS = {"api-server": (), "scheduler": ("--skip-serve-logs",), "dag-processor": (), "triggerer": ("--skip-serve-logs",)}
# Ended by the kernel should this process be killed outright, with no time to end them.
TIED = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


class NotUp(Exception):
    """A component ended or did not answer in time; the message names its log."""


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, config: Path, port: int) -> dict[str, str]:
    """Airflow's settings for one machine: loopback only, LocalExecutor with four workers, an SQLite metadata database in `home`."""
    secret = home / "jwt_secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(48))
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API_AUTH__JWT_SECRET": secret.read_text(),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "SOUNDINGS_CONFIG": str(config),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    }


@dataclass
class Airflow:
    """The running components and a way to ask them."""

    home: Path
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """Of the user `admin`, as Airflow made it."""
        made = json.loads((self.home / "simple_auth_manager_passwords.json.generated").read_text())
        return str(made["admin"])

    def ask(self, path: str, *, method: str = "GET", body: Mapping[str, Any] | None = None, token: str | None = None) -> Any:
        """One request to Airflow's REST API; with no token given, one is fetched first. Raises OSError while nothing answers."""
        if token is None and path != "/auth/token":
            token = self.ask("/auth/token", method="POST", body={"username": "admin", "password": self.password})["access_token"]
        request = urllib.request.Request(self.url + path, method=method)  # noqa: S310 - always our own loopback address
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        data = None if body is None else json.dumps(body).encode()
        for left in reversed(range(TRIES)):
            try:
                with urllib.request.urlopen(request, data, timeout=30) as answer:  # noqa: S310
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                if error.code < HTTPStatus.INTERNAL_SERVER_ERROR or not left:
                    raise
            time.sleep(1)  # Airflow's own SQLite was busy
        return None

    def start(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """One of Airflow's commands as a process with a session and a log of its own."""
        with (self.home / f"{name}.log").open("wb") as log, heard_afterwards():
            self.processes[name] = subprocess.Popen(  # noqa: S603
                [*TIED, AIRFLOW, *command], env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        return self.processes[name]

    def migrate(self, variables: Mapping[str, str]) -> None:
        """Bring Airflow's own database up to date. Raises NotUp where it cannot be."""
        process = self.start("migrate", ("db", "migrate"), variables)
        try:
            status = process.wait(MIGRATE_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        if status != 0:
            message = f"Airflow's own database in {self.home} cannot be made; see {self.home / 'migrate.log'}"
            raise NotUp(message)
        del self.processes["migrate"]

    def check_alive(self) -> None:
        """Raise NotUp if a component has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                message = f"Airflow's {name} ended with status {process.returncode}; see {self.home / (name + '.log')}"
                raise NotUp(message)

    def wait_healthy(self, seconds: float = 180) -> None:
        """Return when the API, the scheduler and the DAG processor say they are well."""
        with under_way("Airflow starts"):
            self._wait_healthy(seconds)

    def _wait_healthy(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                health = self.ask("/api/v2/monitor/health", token="")
            except (OSError, urllib.error.URLError, ValueError):
                health = {}
            if all(health.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                return
            time.sleep(0.5)
        message = f"Airflow was not well within {seconds:.0f} s; its logs are in {self.home}"
        raise NotUp(message)

    def stop(self) -> None:
        """End every process of every component's session: asked first, made to after ten seconds."""
        sessions = {process.pid for process in self.processes.values()}
        for sent in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 10
            for pid in _members(sessions):
                _send(pid, sent)
            while _members(sessions) and time.monotonic() < deadline:
                time.sleep(0.1)
                for process in self.processes.values():
                    process.poll()


def _members(sessions: set[int]) -> list[int]:
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended while we looked
        if int(session) in sessions and state != "Z":
            members.append(int(stat.parent.name))
    return members


def _send(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        return


@contextmanager
def airflow(
    home: Path, config: Path, *, port: int = 0, extra: Mapping[str, str] | None = None, only: Iterable[str] = tuple(COMPONENTS)
) -> Iterator[Airflow]:
    """Airflow's components as processes of their own, their logs in `home`, which only this user reads; all are ended on the way out."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)  # Airflow writes its password there, for everybody to read
    running = Airflow(home, port or free_port())
    variables = os.environ | environment(home, config, running.port) | dict(extra or {})
    try:
        with under_way("Airflow's own database"):
            running.migrate(variables)
        for name in only:
            running.start(name, (name, *COMPONENTS[name]), variables)
        yield running
    finally:
        running.stop()
