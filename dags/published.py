"""What the DAG files share: the settings they are built from, the assets they publish, and how a connection id becomes a connection."""

import gc
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Asset, Connection, ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowNotFoundException

import connectors.http
from connectors.errors import Busy, Refused
from pipeline import settings
from pipeline.connections import from_airflow
from pipeline.failures import Broken, Held

gc.set_threshold(50_000)  # as the command line does: walking through what pandas and Great Expectations keep took a tenth of a task
SETTINGS = settings.load(Path(os.environ.get("SOUNDINGS_CONFIG", "soundings.toml")))
PUBLISHED = {name: Asset(name=f"published_{name}", uri=f"soundings://published/{name}") for name in SETTINGS.sources}
DERIVED = Asset(name="derived", uri="soundings://derived")
PROMPTED = Asset(name="prompted", uri="soundings://prompted")
REPORTED = Asset(name="reported", uri="soundings://reported")

# What said no will say no again, rows that were held are held again, and code that broke breaks again: a person has to change something, and the next
# run of the schedule tries by itself. What was busy is asked later.
PATIENCE = {
    "retries": 5,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=2),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception=[Refused, Held, Broken, settings.Unusable, ValueError],
                action=RetryAction.FAIL,
                reason="it will say no again until a person changes something",
            ),
            RetryRule(exception=Busy, action=RetryAction.RETRY, reason="the other side is busy"),
        ]
    ),
}
START = datetime(2026, 1, 1, tzinfo=UTC)


def connection(conn_id: str) -> connectors.http.Connection:
    """The Airflow connection with that id, from whichever secrets backend holds it."""
    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise Refused(f"there is no connection {conn_id!r}: add it under Admin, Connections, or set AIRFLOW_CONN_{conn_id.upper()}") from None
    return from_airflow(found.host, found.schema, found.port, found.login, found.password, extra=found.extra_dejson)
