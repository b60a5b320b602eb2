"""Open review prompts for findings that are ripe, each once, and read back what people answered.

A prompt waits until people have rested, every source has been heard about the time in question, and the budgets of the week allow it. It is written
to the outbox before it is sent; where a send gave no clear answer, nobody sends again before the tracker's own list has been asked.

It runs after each derivation, and every two hours beside: a ticket opens only while its team works, whenever its source was pulled. A ticket that the
tracker does not take keeps no other from being opened; the task then fails and names it.
"""

from typing import Any

import measured
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task
from published import DERIVED, PATIENCE, PROMPTED, SETTINGS, START, connection

# Several times in every team's working day, whatever its zone.
OFTEN = CronTriggerTimetable("5 */2 * * *", timezone="UTC")


@dag(
    schedule=AssetOrTimeSchedule(timetable=OFTEN, assets=[DERIVED]),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    description="Open review prompts that are ripe, and read back what people answered",
    doc_md=__doc__,
    tags=["soundings"],
    default_args=PATIENCE,
)
def prompt() -> None:
    """One task, so that only one opener works at a time; the outbox would stand more."""

    @task(outlets=[PROMPTED])
    def open_and_read_back(*, outlet_events: Any) -> dict[str, int]:
        """Read answers back, plan, and open what is ripe; the log says of each prompt that is held back why."""
        from pipeline import steps  # noqa: PLC0415 - the file is parsed again for each task

        with steps.warehouse(SETTINGS) as store, measured.timed("prompts"):
            outbox = steps.prompted(SETTINGS, store, connection)
            measured.prompted(outbox.figures)
            outlet_events[PROMPTED].extra = outbox.figures
            outbox.raise_failures()
        return outbox.figures

    open_and_read_back()  # type: ignore[call-arg] # Airflow gives the events


prompt()
