"""One process works on a prompt at a time. Leases run by the database's clock, so that no machine's clock matters."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, literal, literal_column, or_, select, type_coerce, update

from warehouse.columns import Instant
from warehouse.loading import insert
from warehouse.schema import prompts


def clock(connection: Connection) -> datetime:
    """The database's own time."""
    reading = func.strftime("%Y-%m-%d %H:%M:%f000+00:00", "now") if connection.dialect.name == "sqlite" else literal_column("clock_timestamp()")
    at: datetime = connection.execute(select(type_coerce(reading, Instant))).scalar_one()
    return at


UNSENT = ("planned", "withheld", "refused")


def planned(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put what is to be asked into the outbox. What was sent, or is in somebody's hands, stays as it is; what is planned no more is withheld."""
    is_free = or_(prompts.c.lease_until.is_(None), prompts.c.lease_until <= clock(connection))
    open_to_change = prompts.c.state.in_(UNSENT) & is_free
    keys = set()
    for row in rows:
        keys.add(row["key"])
        changes = {name: value for name, value in row.items() if name not in {"key", "planned_at"}}
        if row["state"] == "planned":  # since when it is, without a break
            changes["planned_at"] = case((prompts.c.state == "planned", prompts.c.planned_at), else_=literal(row["planned_at"], Instant))
        upsert = insert(connection, prompts).values(**row).on_conflict_do_update(index_elements=["key"], set_=changes, where=open_to_change)
        connection.execute(upsert)
    gone = prompts.c.key.not_in(keys) & (prompts.c.state == "planned") & is_free
    connection.execute(update(prompts).where(gone).values(state="withheld", withheld_reason="the finding does not hold any more"))


def brought_back(connection: Connection) -> int:
    """How many prompts that were refused are as if never tried."""
    fresh = {"state": "withheld", "withheld_reason": "to be tried again", "attempt": 0}
    return connection.execute(update(prompts).where(prompts.c.state == "refused").values(**fresh)).rowcount


def claimed(connection: Connection, key: str, owner: str, lease_seconds: float, states: Iterable[str]) -> bool:
    """Whether the prompt, in one of these states and in nobody's hands, is now the owner's until the lease runs out."""
    at = clock(connection)
    is_free = or_(prompts.c.lease_until.is_(None), prompts.c.lease_until <= at, prompts.c.owner == owner)
    chosen = update(prompts).where(prompts.c.key == key, prompts.c.state.in_(list(states)), is_free)
    return connection.execute(chosen.values(owner=owner, lease_until=at + timedelta(seconds=lease_seconds))).rowcount == 1


def written(connection: Connection, key: str, expected_owner: str | None, columns: dict[str, Any]) -> bool:
    """Whether the columns were written, because the prompt was still in the expected hands (None: in nobody's)."""
    at = clock(connection)
    if expected_owner is None:
        is_ours = or_(prompts.c.lease_until.is_(None), prompts.c.lease_until <= at)
    else:
        is_ours = (prompts.c.owner == expected_owner) & (prompts.c.lease_until > at)
    return connection.execute(update(prompts).where(prompts.c.key == key, is_ours).values(**columns)).rowcount == 1
