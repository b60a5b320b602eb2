"""One process works on a prompt at a time. Leases run by the database's clock, so that no machine's clock matters."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, literal_column, or_, select, type_coerce, update

from warehouse.columns import Instant
from warehouse.schema import prompts


def clock(connection: Connection) -> datetime:
    """The database's own time."""
    reading = func.strftime("%Y-%m-%d %H:%M:%f000+00:00", "now") if connection.dialect.name == "sqlite" else literal_column("clock_timestamp()")
    at: datetime = connection.execute(select(type_coerce(reading, Instant))).scalar_one()
    return at


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
