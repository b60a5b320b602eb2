"""The one clock. Leases use the database's clock instead."""

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, or the one SOUNDINGS_AS_OF names (ISO 8601 with a zone), so that a past moment can be looked at again."""
    fixed = os.environ.get("SOUNDINGS_AS_OF")
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def instant(text: str | None) -> datetime | None:
    """A time somebody wrote, None where nobody did. ValueError with the remedy for what is no time, or has no zone."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time; write for example 2026-11-02T00:00:00Z"
        raise ValueError(message) from None
    if at.tzinfo is None:
        message = f"{text!r} has no zone; write for example 2026-11-02T00:00:00Z"
        raise ValueError(message)
    return at
