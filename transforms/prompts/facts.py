"""What one hit says, as a neutral fact."""

from collections.abc import Iterable, Mapping
from typing import Any

from transforms.near_misses import catalogue

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
