"""The weekly learning-opportunity report, as one HTML page and as Markdown.

It is made on Tuesday at 06:00 in the organisation's zone for the week that ended on Sunday, so that late data is in. *By hand:* give `week` (such as
2026-W46); with none, the last closed week is taken.

Before anything was worked out for the first time there is nothing to report: `first_derivation` waits, says so in its log, and the report follows by
itself.
"""

from datetime import timedelta
from typing import Any

import measured
from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task
from published import PATIENCE, REPORTED, SETTINGS, START

WAITS = timedelta(days=6)  # then comes the next report
WEEK = Param(None, type=["null", "string"], pattern=r"^\d{4}-W\d{2}$", description="ISO week, such as 2026-W46")


@dag(
    schedule=CronDataIntervalTimetable(SETTINGS.file.report.schedule, timezone=SETTINGS.estate.zone),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    params={"week": WEEK},
    description="The weekly report, as a page and as a letter",
    doc_md=__doc__,
    tags=["soundings"],
    default_args=PATIENCE,
)
def report() -> None:
    """One task: read, write both files beside each other, replace the old ones at once."""

    @task.sensor(mode="reschedule", poke_interval=60, timeout=WAITS.total_seconds())
    def first_derivation() -> bool:
        """Wait until something was worked out for the first time."""
        from pipeline import reporting, steps  # noqa: PLC0415 - the file is parsed again for each task

        with steps.warehouse(SETTINGS) as store:
            return reporting.is_due(store)

    @task(outlets=[REPORTED])
    def week(*, outlet_events: Any) -> str:
        """Read the week, write both files beside the old ones, and replace those at once."""
        from pipeline import reporting, steps  # noqa: PLC0415

        with steps.warehouse(SETTINGS) as store, measured.timed("report"):
            page, letter = reporting.report(SETTINGS, store, week=get_current_context()["params"]["week"])
        outlet_events[REPORTED].extra = {"page": str(page), "letter": str(letter)}
        return str(page)

    first_derivation() >> week()  # type: ignore[call-arg] # Airflow gives the events


report()
