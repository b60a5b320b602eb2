"""A failure keeps its kind and its HTTP status as values, and what to do about it apart from what was said.

Until then the kind was told by the remedy behind the line break of `detail`, and the status by the words "answered 401".

Revision ID: 0002
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Words of that time. What is said today may be put otherwise.
BUSY = "Nothing to do yet: it is asked again by itself."
ANSWERED = re.compile(r" answered (\d{3})\b")

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PULLS = sa.table("pulls", *map(sa.column, ("id", "status", "degraded", "degraded_status", "failure", "http_status", "detail", "remedy")))


def upgrade() -> None:
    """Add the columns, and take the values for them out of the sentences that are there."""
    for name, kind in (("degraded_status", TEXT), ("failure", TEXT), ("http_status", NUMBER), ("remedy", TEXT)):
        op.add_column("pulls", sa.Column(name, kind))
    connection = op.get_bind()
    chosen = sa.select(PULLS).where(PULLS.c.status.in_(["failed", "held"]) | (PULLS.c.degraded != "{}"))
    for line in connection.execute(chosen).all():
        connection.execute(sa.update(PULLS).where(PULLS.c.id == line.id).values(**values_of(line)))


def values_of(line: sa.Row[object]) -> dict[str, object]:
    """What the sentences of a line of the ledger say."""
    scopes = json.loads(line.degraded or "{}")
    reasons = scopes.items() if isinstance(scopes, dict) else ()
    statuses = {scope: status for scope, reason in reasons if (status := status_in(str(reason)))}
    known: dict[str, object] = {"degraded_status": json.dumps(statuses, sort_keys=True) if statuses else None}
    if line.status == "held":
        return known | {"failure": "held"}
    if line.status != "failed":
        return known
    said, _, remedy = (line.detail or "").partition("\n")
    kind = "busy" if remedy.startswith(BUSY) else "refused"
    return known | {"failure": kind, "http_status": status_in(said), "detail": said or None, "remedy": remedy or None}


def status_in(words: str) -> int | None:
    """The HTTP status of which the sentence speaks."""
    found = ANSWERED.search(words)
    return int(found[1]) if found else None
