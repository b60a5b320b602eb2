"""What the runs of the demo organisation have in common: its environment, and every row a warehouse holds, to be compared with another."""

import os
from contextlib import contextmanager

from pipeline import steps
from pipeline.settings import load
from warehouse.schema import metadata

# Numbers of pulls, the clocks of the database and of the tracker, the machine's paths: what may differ between two runs that did the same.
OWN = {"landed_by", "pull_id", "id", "sent_at", "opened_at", "owner", "lease_until", "url", "attempt"}
LEDGER = {"pulls", "checks", "etags", "facts", "severities", "alembic_version"}


@contextmanager
def environment_of(variables):
    before = os.environ.copy()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def tables(home, variables):
    with environment_of(variables), steps.warehouse(load(home / "soundings.toml")) as store:
        return {
            name: sorted(
                (
                    [(column, str(value)) for column, value in row.items() if column not in OWN]
                    for row in store.read(name, is_withdrawn_too=True).to_dict("records")
                ),
            )
            for name in metadata.tables
            if name not in LEDGER
        }
