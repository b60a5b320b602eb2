"""Near misses and on-call stretches, worked out from everything that is published.

The asset event only says *look*: what there is to derive is read from the warehouse, so events that came together, manual runs, backfills and
`soundings derive` all end with the same rows. What no longer holds is withdrawn, never deleted.
"""

from typing import Any

import measured
from airflow.sdk import AssetAny, dag, task
from published import DERIVED, PATIENCE, PUBLISHED, SETTINGS, START


@dag(
    schedule=AssetAny(*PUBLISHED.values()) if PUBLISHED else None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    description="Near misses and on-call stretches from all that is published",
    doc_md=__doc__,
    tags=["soundings"],
    default_args=PATIENCE,
)
def derive() -> None:
    """One task: read, work out, merge."""

    @task(outlets=[DERIVED])
    def near_misses_and_stretches(*, outlet_events: Any) -> dict[str, int]:
        """Work out everything anew from the warehouse and say how many there are; waits while a pull is being checked."""
        from pipeline import steps  # noqa: PLC0415 - the file is parsed again for each task

        with steps.warehouse(SETTINGS) as store, measured.timed("derive"):
            figures = steps.derive(SETTINGS, store)
        measured.shown("derive", {"pulls_being_checked": 0, **figures})
        outlet_events[DERIVED].extra = figures
        return figures

    near_misses_and_stretches()  # type: ignore[call-arg] # Airflow gives the events


derive()
