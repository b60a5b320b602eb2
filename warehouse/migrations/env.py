"""What Alembic runs: the migrations, on the connection and in the transaction it is given; then the views, from warehouse/views.py."""

import sys

from alembic import context

from warehouse.columns import metadata
from warehouse.database import VERSION_TABLE
from warehouse.views import drop_views, make_views

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    on_version_apply=lambda **_: sys.audit("soundings.migrate.step"),
)
if context.get_context().get_current_revision() != context.get_head_revision():
    drop_views(connection)
    context.run_migrations()
    make_views(connection)
