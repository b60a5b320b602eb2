"""Configuration changes out of git are read again: versions before this one took a password for a name of a setting where a file has no separator.

Which of the names are none cannot be told afterwards, so all of them go, with what was worked out and written from them. The repositories have
them still: what covers the time of their sources counts as failed, so that the next pull of each reads it all again. Commits stay meanwhile.

Revision ID: 0003
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AGAIN = "what an earlier version took for names of settings is gone from the warehouse"
REMEDY = "Nothing to do: the next pull reads it again."
SENT_ANEW = ("intent", "unknown")  # states of a prompt that may have to be sent once more, word for word


def _table(name: str, columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns.split()))


CHANGES = _table("config_changes", "source native_id system")
HITS = _table("near_miss_hits", "key trigger_source trigger_id recovery_source recovery_id near_miss_key")
NEAR_MISSES = _table("near_misses", "key")
PROMPTS = _table("prompts", "subject_key state code title body")
CHECKS = _table("checks", "pull_id table")
PULLS = _table("pulls", "id source status attempts failure detail remedy started_at finished_at")


def upgrade() -> None:
    """From what rests on them down to the changes themselves."""
    connection = op.get_bind()
    sources = connection.scalars(sa.select(CHANGES.c.source).where(CHANGES.c.system == "git").distinct()).all()
    if not sources:
        return
    present = datetime.now(UTC)
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # else what is deleted can be read in the file until its place is used again
    now = present.isoformat(" ", "microseconds") if is_sqlite else present
    named = sa.select(CHANGES.c.source, CHANGES.c.native_id).where(CHANGES.c.system == "git")
    rests = sa.or_(sa.tuple_(HITS.c.trigger_source, HITS.c.trigger_id).in_(named), sa.tuple_(HITS.c.recovery_source, HITS.c.recovery_id).in_(named))
    told = sa.select(HITS.c.near_miss_key).where(rests, HITS.c.near_miss_key.is_not(None))
    of_sources = sa.select(PULLS.c.id).where(PULLS.c.source.in_(sources))
    again = {"status": "failed", "attempts": 0, "failure": "busy", "detail": AGAIN, "remedy": REMEDY, "started_at": now, "finished_at": now}
    for statement in (
        sa.update(PROMPTS).where(PROMPTS.c.subject_key.in_(told), PROMPTS.c.state.not_in(SENT_ANEW)).values(title=PROMPTS.c.code, body=None),
        sa.delete(NEAR_MISSES).where(NEAR_MISSES.c.key.in_(told)),
        sa.delete(HITS).where(rests),
        sa.delete(CHECKS).where(CHECKS.c.table == "config_changes", CHECKS.c.pull_id.in_(of_sources)),
        sa.delete(CHANGES).where(CHANGES.c.system == "git"),
        sa.update(PULLS).where(PULLS.c.source.in_(sources), PULLS.c.status.in_(["published", "degraded"])).values(again),
    ):
        connection.execute(statement)
