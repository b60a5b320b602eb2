"""What one hit says, as a neutral fact, and times and certainty in words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from transforms.near_misses import catalogue

SURE = ((0.6, "fairly sure it is worth a look"), (0.45, "not sure; maybe it is worth a look"), (0.0, "only guessing it is worth a look"))
Hit = Mapping[str, Any]


def seen(hit: Hit) -> Mapping[str, Any]:
    """The evidence of a hit; a row without any has an empty one."""
    evidence = hit.get("evidence")
    return evidence if isinstance(evidence, Mapping) else {}


def services(hits: Iterable[Hit]) -> list[str]:
    """The services these hits are about, each once, by name."""
    return sorted({str(hit["service"]) for hit in hits if hit.get("service")})


def fact(hit: Hit) -> str:
    """One clause, without the service and without a full stop."""
    return catalogue.fact(hit["detector"], seen(hit), hit["ended_at"] - hit["started_at"])


def in_words(confidence: float) -> str:
    """How sure an inference is."""
    return next(words for least, words in SURE if confidence >= least)


def clock(at: datetime, zone: Any) -> str:
    """The instant in UTC and in the zone: `2026-11-03 09:00 UTC (09:00 Europe/London)`."""
    local = at.astimezone(zone)
    day = "" if local.date() == at.date() else f"{local:%Y-%m-%d} "
    return f"{at:%Y-%m-%d %H:%M} UTC{_beside(f'{day}{local:%H:%M}', zone)}"


def span(start: datetime, end: datetime, zone: Any) -> str:
    """From and to on one line, in UTC and in the zone; a date only where it is another one."""
    local = _between(start.astimezone(zone), end.astimezone(zone)).removeprefix(f"{start:%Y-%m-%d} ")
    return f"{_between(start, end)} UTC{_beside(local, zone)}"


def _beside(local: str, zone: Any) -> str:
    """The local time in brackets; nothing where the zone is UTC, which is said already."""
    return "" if zone.key in ("UTC", "Etc/UTC") else f" ({local} {zone.key})"


def _between(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M}" if start.date() == end.date() else f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
