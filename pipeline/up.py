"""`up`: Airflow on this machine until somebody ends it. One start a state folder, and whatever ends it leaves nothing behind."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from typing import TextIO

from rich.console import Console

from pipeline.components import NotUp, airflow, free_port

LOCK = "running.json"


@contextmanager
def alone(folder: Path, port: int) -> Iterator[None]:
    """The only start on this folder while the block runs, its port free. Raises NotUp that says who runs, or which port to take.

    The lock is the kernel's and ends with the process, however that ends; what the file says is for people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotUp(f"{_runner(lock)} It holds {folder}.") from None
        _check_free(port)
        lock.truncate(0)
        json.dump({"pid": os.getpid(), "url": f"http://127.0.0.1:{port}", "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}, lock)
        lock.flush()
        yield
        lock.truncate(0)


def _runner(lock: TextIO) -> str:
    lock.seek(0)
    with suppress(ValueError):  # it has only just begun
        who = json.load(lock)
        return (
            f"Airflow runs here already: {who['url']}, process {who['pid']}, since {who['since']}. End it first (Ctrl-C there, or kill {who['pid']})."
        )
    return "Airflow is being started here already."


def _check_free(port: int) -> None:
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"port {port} cannot be had ({(error.strerror or '').lower()}): choose another one, such as --port {free_port()}"
            raise NotUp(message) from None


def up(home: Path, config: Path, shown: Console, *, port: int, extra: Mapping[str, str] | None = None) -> None:
    """Start Airflow, say where the browser finds it, and stay until somebody or a component ends.

    What is new runs at once; what people paused stays paused.
    """
    unpaused = {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"}
    with airflow(home, config, port=port, extra={**unpaused, **(extra or {})}) as running:
        running.wait_healthy()
        shown.print(f"Airflow: {running.url}   user admin, password {running.password}   (Ctrl-C stops it)", markup=False)
        with suppress(KeyboardInterrupt):
            while True:
                running.check_alive()
                time.sleep(1)
        with suppress(OSError):  # the terminal may be gone
            shown.print("Stopping …")
