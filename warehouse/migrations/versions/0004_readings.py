"""The ledger notes with what each window was read, so that what a changed setting adds to a source is read from the beginning.

Lines from before know nothing of it. They count as read with the settings of now: an upgrade reads nothing anew.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column."""
    op.add_column("pulls", sa.Column("reading", TEXT))
