"""The one clock. Leases use the database's clock instead."""

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, or the one SOUNDINGS_AS_OF names (ISO 8601 with a zone), so that a past moment can be looked at again."""
    fixed = os.environ.get("SOUNDINGS_AS_OF")
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)
