"""One DAG for each line under `[sources]` of soundings.toml: pull what is due, land it, check it, publish it.

**land** asks the source for the oldest window nobody has covered yet, then for the newest interval, widened by the source's look-back. What was
read before its settings changed is not covered: it is read again, once, as far back as a first read goes. Rows, quarantine and the ledger line
of a window commit together, so any run may be killed, repeated or run beside another one.

**check** holds what landed against the expectations of the tables. Only what passes is published: the asset `published_<source>` then says *look*.

*By hand:* give `start` and `end` (ISO 8601 with a zone); with neither, the last covered window is read again. *History:* `soundings pull
<source> --since … --until …`, or a backfill where Airflow's metadata is in PostgreSQL. It opens no ticket for what is older than the age gate.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import measured
from airflow.sdk import Asset, CronDataIntervalTimetable, Param, dag, get_current_context, task
from published import PATIENCE, PUBLISHED, SETTINGS, START, connection


def at() -> Param:
    """A new one each time: Airflow writes what was given into the object."""
    return Param(None, type=["null", "string"], format="date-time", description="ISO 8601 with a zone")


def asked(context: Any) -> dict[str, Any]:
    """What this run was made for: a backfill or params for exactly one window, a schedule for its interval, a hand for nothing special."""
    run, params = context["dag_run"], context["params"]
    given = {name: datetime.fromisoformat(params[name]) for name in ("start", "end") if params[name]}
    start, end = given.get("start", run.data_interval_start), given.get("end", run.data_interval_end)
    return {"start": start, "end": end, "exactly": run.run_type == "backfill" or "start" in given}


@contextmanager
def reach_shown(store: Any, name: str) -> Iterator[None]:
    """How far the source was read, told after the block whatever came of it."""
    from pipeline.health import reach  # noqa: PLC0415

    try:
        yield
    finally:
        measured.shown("source", reach(SETTINGS, store, name), name)


@contextmanager
def published_at_least(store: Any, pulls: list[int]) -> Iterator[None]:
    """What landed before something went wrong is checked here: the task check is not reached, and unchecked it would keep derive waiting."""
    from pipeline.publishing import check  # noqa: PLC0415

    try:
        yield
    except Exception:
        check(store, pulls)
        raise


def pull(name: str, schedule: str, asset: Asset) -> Any:
    """The DAG of one source."""

    @dag(
        dag_id=f"pull_{name}",
        schedule=CronDataIntervalTimetable(schedule, timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        params={"start": at(), "end": at()},
        description=f"Pull what is due from {name}, land it, check it, publish it",
        doc_md=__doc__,
        tags=["soundings", "pull"],
        default_args=PATIENCE,
    )
    def flow() -> None:
        @task
        def land() -> list[int]:
            """Ask the source for the oldest window nobody has covered yet, then for the newest; its log has a line a window."""
            from pipeline import steps  # noqa: PLC0415 - the file is parsed again for each task

            pulls: list[int] = []
            with steps.warehouse(SETTINGS) as store, reach_shown(store, name), published_at_least(store, pulls):
                due = steps.windows(SETTINGS, store, name, **asked(get_current_context()))
                with measured.timed("pull", name):
                    for landing in steps.landings(SETTINGS, store, name, due, connection):
                        measured.landed(name, landing)
                        pulls.append(landing.pull_id)
            return pulls

        @task(outlets=[asset])
        def check(pulls: list[int], *, outlet_events: Any) -> None:
            """Hold what landed against the expectations. What passes is published, and the asset event says which window and how many records."""
            from pipeline import publishing, steps  # noqa: PLC0415

            with steps.warehouse(SETTINGS) as store, reach_shown(store, name), measured.timed("check", name):
                outlet_events[asset].extra = publishing.check(store, pulls) | publishing.published(store, pulls)

        check(land())  # type: ignore[call-arg, arg-type] # Airflow gives the events, and the list once it is there

    return flow()


for _name, _line in SETTINGS.sources.items():
    globals()[f"pull_{_name}"] = pull(_name, _line.schedule, PUBLISHED[_name])
