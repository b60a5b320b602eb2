"""How sure, how much at stake, and where a story is shown (definitions: near misses, score)."""

from collections.abc import Iterable
from datetime import datetime
from math import prod

from transforms.estate import Estate
from transforms.near_misses.hits import Hit
from transforms.policy import Policy

HIGHEST_STAKES, HIGH_STAKES = 5, 4


def prominence(sure: float, family: str, detector: str, began: datetime, service: str) -> tuple[object, ...]:
    """What to order hits of a story by so that the first is the one its sentence is about: the surest, and a change before a page."""
    return -sure, family != "change", detector, began, service


def confidence(hits: Iterable[Hit]) -> float:
    """1 - Π(1 - c) over distinct families, the highest c within a family: three views of one rollback do not add up."""
    family: dict[str, float] = {}
    for hit in hits:
        family[hit.family] = max(hit.confidence, family.get(hit.family, 0.0))
    return round(1 - prod(1 - c for c in family.values()), 4)


def stakes(hits: Iterable[Hit], estate: Estate, incident_stakes: int = 0) -> int:
    """The highest tier, one more for a page in sleep hours, one more for more than one team, at most 5."""
    hits = tuple(hits)
    teams = {team for hit in hits for team in (*hit.teams, estate.team_of(hit.service)) if team}
    highest = max(incident_stakes, *(hit.stakes for hit in hits))
    return min(highest + any(hit.is_asleep for hit in hits) + (len(teams) > 1), HIGHEST_STAKES)


def placement(sure: float, at_stake: int, policy: Policy) -> str:
    """`prompt`, `list` (in the weekly report) or `count`."""
    line = policy.prompt_confidence_high_stakes if at_stake >= HIGH_STAKES else policy.prompt_confidence
    if sure >= min(line, policy.prompt_confidence):
        return "prompt"
    return "list" if sure >= policy.list_confidence else "count"
