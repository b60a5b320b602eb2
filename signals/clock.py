"""The one clock. Leases use the database's clock instead."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 1970, 2100  # times outside these years are mistakes of a clock or of a program


def now() -> datetime:
    """The present instant in UTC, or the one SOUNDINGS_AS_OF names (ISO 8601 with a zone), so that a past moment can be looked at again."""
    fixed = os.environ.get("SOUNDINGS_AS_OF")
    try:
        return _written(fixed).astimezone(UTC) if fixed else datetime.now(UTC)
    except ValueError as error:
        message = f"SOUNDINGS_AS_OF: {error}"
    raise ValueError(message)


@contextmanager
def as_of(at: datetime | None) -> Iterator[None]:
    """In this block, and in what it starts, the present is that instant; where there is none it is what it was."""
    before = os.environ.get("SOUNDINGS_AS_OF")
    if at:
        os.environ["SOUNDINGS_AS_OF"] = at.isoformat()
    try:
        yield
    finally:
        os.environ.pop("SOUNDINGS_AS_OF", None)
        if before is not None:
            os.environ["SOUNDINGS_AS_OF"] = before


def has_come(at: datetime) -> bool:
    """Whether the instant is not later than the machine's clock, nor than the moment that is looked at."""
    return at <= max(datetime.now(UTC), now())


def instant(text: str | None) -> datetime | None:
    """A time somebody wrote, None where nobody did. ValueError with the remedy for what is no time, has no zone, or lies where no clock can be."""
    return None if text is None else _written(text)


def _written(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time; write for example 2026-11-02T00:00:00Z"
        raise ValueError(message) from None
    if at.tzinfo is None:
        message = f"{text!r} has no zone; write for example 2026-11-02T00:00:00Z"
        raise ValueError(message)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        message = f"{text!r} lies outside {FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(message)
    return at
