"""What one hit says, as a neutral fact: services, versions and alerts are the subjects, never people, and no cause is named."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from transforms.local_time import DAY, HOUR
from transforms.prompts.plain import tame

SURE = ((0.6, "fairly sure it is worth a look"), (0.45, "not sure; maybe it is worth a look"), (0.0, "only guessing it is worth a look"))
MINUTE = timedelta(minutes=1)
Hit = Mapping[str, Any]

RULES = {
    "NM-01": "a version seen before came back to production",
    "NM-02": "a merged commit was undone within days",
    "NM-03": "a setting went back to the value it had before",
    "NM-13": "a page was acknowledged and ended by itself, with nothing written down",
    "NM-14": "a page reached a person in sleep hours and soon ended by itself",
    "NM-15": "one alert came and went several times",
}
RULE_OF_FAMILY = {
    "change": "something was changed and soon put right",
    "page": "a page came and was put right",
    "people": "several people were needed for something small",
    "human": "a person reported it",
}


def fact(hit: Hit) -> str:
    """One clause, without the service and without a full stop."""
    evidence = hit["evidence"] if isinstance(hit.get("evidence"), Mapping) else {}
    took = duration(hit["ended_at"] - hit["started_at"])
    detector = hit["detector"]
    if detector == "NM-01":
        newer, older = tame(evidence.get("replaced_version"), "a new version"), tame(evidence.get("version"), "an earlier one")
        return f"{newer} was replaced by {older} after {took}"
    if detector == "NM-03":
        return f"{tame(evidence.get('target'), 'a setting')} was put back to its earlier value after {took}"
    if detector == "NM-15":
        return f"an alert came and went {_times(evidence.get('times'))} within {took}"
    return _PLAIN.get(detector, _FAMILIES.get(str(hit.get("family")), "something was put right after {took}")).format(took=took) + _repeated(
        hit, evidence
    )


_PLAIN = {
    "NM-02": "a commit was undone after {took}",
    "NM-13": "a page was acknowledged and ended by itself after {took}",
    "NM-14": "a page in sleep hours ended by itself after {took}",
}
_FAMILIES = {
    "change": "something was changed and put right after {took}",
    "page": "a page came and was put right after {took}",
    "people": "several people were needed for {took}",
    "human": "a person reported a near miss",
}


def rule(hit: Hit) -> str:
    """The rule behind the hit in one clause."""
    return RULES.get(hit["detector"], RULE_OF_FAMILY.get(str(hit.get("family")), "something was put right"))


def duration(length: timedelta) -> str:
    """A length of time as people say it: 38 minutes, 3 hours, 2 days."""
    if length < MINUTE:
        return "less than a minute"
    for unit, name, until in ((MINUTE, "minute", 100 * MINUTE), (HOUR, "hour", 2 * DAY), (DAY, "day", timedelta.max)):
        if length < until:
            return counted(round(length / unit), name)
    return "a long time"


def counted(number: int, noun: str) -> str:
    """1 minute, 2 minutes."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_words(confidence: float) -> str:
    """How sure an inference is."""
    return next(words for least, words in SURE if confidence >= least)


def clock(at: datetime, zone: Any) -> str:
    """The instant in UTC and in the zone: `2026-11-03 09:00 UTC (09:00 Europe/London)`."""
    local = at.astimezone(zone)
    day = "" if local.date() == at.date() else f"{local:%Y-%m-%d} "
    return f"{at:%Y-%m-%d %H:%M} UTC ({day}{local:%H:%M} {zone.key})"


def _times(number: object) -> str:
    return f"{number} times" if isinstance(number, int) else "several times"


def _repeated(hit: Hit, evidence: Mapping[str, Any]) -> str:
    number = evidence.get("times_in_7_days")
    return f", {number} times in 7 days" if hit["detector"] in {"NM-13", "NM-14"} and isinstance(number, int) and number > 1 else ""
