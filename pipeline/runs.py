"""The whole job once by Airflow's own scheduler: DAGs unpaused, their runs awaited, what came of them."""

import time
import urllib.error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pipeline.components import Airflow, NotUp

ENDED = {"success", "failed"}


@dataclass(frozen=True)
class Done:
    """What every DAG run ended as."""

    succeeded: tuple[str, ...]
    failed: tuple[str, ...]


def all_done(running: Airflow, sources: Sequence[str], *, on_news: Callable[[str], None], seconds: float = 600) -> Done:
    """Let the scheduler run pull, derive, prompt, and then the report. Raises NotUp when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    pulls = [f"pull_{name}" for name in sources]
    token = _token(running)
    _await(running, deadline, lambda: set(_dags(running, token)) >= {*pulls, "derive", "prompt", "report"}, "its DAGs were not read")
    for dag in (*pulls, "derive", "prompt"):
        _unpause(running, token, dag)
    told: set[str] = set()

    def is_quiet(dags: Sequence[str]) -> bool:
        # In this order: an event that became a run in between is seen as that run.
        waiting = [dag for dag in ("derive", "prompt") if _has_events(running, token, dag)]
        return _all_ended(_news(running, token, told, on_news), dags) and not waiting

    _await(running, deadline, lambda: is_quiet(pulls), "pull, derive and prompt did not end")
    _unpause(running, token, "report")
    _await(running, deadline, lambda: is_quiet(["report"]), "the report did not end")
    runs = _runs(running, token)
    names = {state: tuple(f"{run['dag_id']} {run['dag_run_id']}" for run in runs if run["state"] == state) for state in ENDED}
    return Done(names["success"], names["failed"])


def _token(running: Airflow) -> str:
    answer = running.ask("/auth/token", method="POST", body={"username": "admin", "password": running.password})
    return str(answer["access_token"])


def _await(running: Airflow, deadline: float, is_so: Callable[[], bool], otherwise: str) -> None:
    while not is_so():
        running.check_alive()
        if time.monotonic() > deadline:
            message = f"Airflow was given up: {otherwise} in time; see the logs in {running.home}"
            raise NotUp(message)
        time.sleep(1)


def _dags(running: Airflow, token: str) -> list[str]:
    return [dag["dag_id"] for dag in running.ask("/api/v2/dags?limit=100", token=token)["dags"]]


def _unpause(running: Airflow, token: str, dag: str) -> None:
    running.ask(f"/api/v2/dags/{dag}", method="PATCH", body={"is_paused": False}, token=token)


def _runs(running: Airflow, token: str) -> list[dict[str, Any]]:
    answer = running.ask("/api/v2/dags/~/dagRuns?limit=100&order_by=-start_date", token=token)
    return list(answer["dag_runs"])


def _news(running: Airflow, token: str, told: set[str], on_news: Callable[[str], None]) -> list[dict[str, Any]]:
    runs = _runs(running, token)
    for run in reversed(runs):
        name = f"{run['dag_id']}/{run['dag_run_id']}"
        if run["state"] in ENDED and name not in told:
            told.add(name)
            on_news(f"{run['dag_id']} {run['state']}")
    return runs


def _all_ended(runs: list[dict[str, Any]], dags: Sequence[str]) -> bool:
    """Whether each of these DAGs has run and no run of any DAG is under way."""
    return {run["dag_id"] for run in runs} >= set(dags) and all(run["state"] in ENDED for run in runs)


def _has_events(running: Airflow, token: str, dag: str) -> bool:
    """Whether the DAG still has to be run for what its assets published."""
    try:
        return bool(running.ask(f"/api/v2/dags/{dag}/assets/queuedEvents", token=token)["total_entries"])
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return False
        raise
