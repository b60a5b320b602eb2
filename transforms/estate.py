"""Who and what there is, as soundings.toml says: services, teams, people. Pure look-ups for the transforms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

PRODUCTION = ("production", "prod", "live")  # where a service does not name its production environments


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: the team that owns it and which environments are production."""

    team: str | None = None
    production: tuple[str, ...] = PRODUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team: where it is and when it works."""

    zone: str = "UTC"
    starts: time = time(9)
    ends: time = time(18)
    workdays: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday is 0
    holidays: str | None = None  # the place whose public holidays it keeps, such as "DE-BE"
    members: tuple[str, ...] = ()
    rotations: tuple[str, ...] = ()  # its schedules, by the vendor's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The organisation. `identities` maps a vendor's name for a person to ours; `zones` a person (ours) to an IANA zone."""

    services: Mapping[str, Service] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"  # the organisation's own

    @property
    def owners(self) -> dict[str, str]:
        """The team that names each schedule among its rotations."""
        return {schedule: name for name, team in self.teams.items() for schedule in team.rotations}

    def team_of(self, service: str | None) -> str | None:
        """The team that owns the service, None where nobody said."""
        known = self.services.get(service or "")
        return known.team if known else None

    def is_production(self, service: str | None, environment: str | None) -> bool:
        """Whether the environment is production for this service; names compare without case."""
        known = self.services.get(service or "", Service())
        return (environment or "").casefold() in {name.casefold() for name in known.production}

    def person_of(self, identity: str) -> str:
        """Our name for a vendor's identity; the identity itself where nothing maps it."""
        return self.identities.get(identity, identity)

    def zone_of(self, person: str, team: str | None = None) -> tuple[str, bool]:
        """The person's IANA zone, and whether it is only assumed (from the team or the organisation)."""
        if person in self.zones:
            return self.zones[person], False
        by_membership = next((t for t in self.teams.values() if person in t.members), self.teams.get(team or ""))
        return (by_membership.zone if by_membership else self.zone), True
