"""What single tables of soundings.toml cannot show: names that lead nowhere or to two places, thresholds in the wrong order."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pipeline.configuration import File

Place = tuple[Any, ...]  # the keys that lead there
Problem = tuple[Place, str]


def reference_problems(file: File, left_out: AbstractSet[Place]) -> Iterator[Problem]:
    """Key and advice for each. What is `left_out` of the file, as it is wrong in itself, is taken for whatever it may be.

    A team of which a part is left out is there all the same; without `teams` or a catalogue nobody knows which there are.
    """
    teams = None if left_out & {("teams",), ("backstage",)} else file.teams.keys() | {place[1] for place in left_out if place[0] == "teams"}
    if teams is not None:
        yield from _unknown_teams(file, teams)
    yield from _claimed_twice("services", "deploys", file.services, "service", str.casefold)
    yield from _claimed_twice("services", "pages", file.services, "service", str.casefold)
    yield from _claimed_twice("teams", "rotations", file.teams, "team")
    yield from _claimed_twice("teams", "members", file.teams, "team")
    yield from _claimed_twice("people", "identities", file.people, "person")
    if teams is not None and not any(place[0] == "trackers" and (len(place) < 3 or place[2] == "teams") for place in left_out):
        yield from _unserved(file, teams, left_out)
    yield from _disordered(file, left_out)


def _unknown_teams(file: File, teams: AbstractSet[str]) -> Iterator[Problem]:
    known = ", ".join(sorted(teams)) or "none yet"
    for name, service in file.services.items():
        if service.team and service.team not in teams:
            yield ("services", name, "team"), f"there is no [teams.{service.team}]; add it, or name one of those there are: {known}"
    for name, tracker in file.trackers.items():
        for team in sorted(set(tracker.teams) - teams):
            yield ("trackers", name, "teams"), f"there is no [teams.{team}]; add it or take it out"


def _claimed_twice(kind: str, key: str, tables: Mapping[str, Any], owner: str, alike: Callable[[str], str] = str) -> Iterator[Problem]:
    """Names that two tables of a kind list under the same key. `alike`: what counts as the same name there."""
    owners: dict[str, str] = {}
    for name, one in ((name, one) for name, table in tables.items() for one in getattr(table, key)):
        if (other := owners.setdefault(alike(one), name)) != name:
            yield (kind, name, key), f"{one!r} already stands for the {owner} {other!r}; it can have one {owner} only: take it out of one of the two"


def _unserved(file: File, teams: AbstractSet[str], left_out: AbstractSet[Place]) -> Iterator[Problem]:
    """Whose prompts no tracker would take, where every tracker names its teams."""
    if not file.trackers:
        yield ("trackers",), 'there is no tracker; add one such as [trackers.folder] with use = "folder", or take the table out'
        return
    served = {team for tracker in file.trackers.values() for team in tracker.teams}
    if not all(tracker.teams for tracker in file.trackers.values()) or not served <= teams:
        return
    left = [f"the team {team!r}" for team in sorted(teams - served)]
    alone = (name for name, service in sorted(file.services.items()) if not service.team and ("services", name, "team") not in left_out)
    left += [f"the service {name!r}, which has no team," for name in alone]
    if left:
        yield (
            ("trackers", next(iter(file.trackers)), "teams"),
            f"no tracker serves {' and '.join(left)}; leave `teams` out of one tracker".replace(",;", ";"),
        )


def _disordered(file: File, left_out: AbstractSet[Place]) -> Iterator[Problem]:
    policy: Any = file.policy
    for lower, upper in (("watch_days", "flag_days"), ("flag_days", "long_days")):
        least, most = getattr(policy, lower), getattr(policy, upper)
        if least > most and not left_out & {("policy",), ("policy", lower), ("policy", upper)}:
            key = lower if lower in policy.model_fields_set else upper
            yield ("policy", key), f"{lower} ({least:g}) must not be above {upper} ({most:g}); lower the one or raise the other"
