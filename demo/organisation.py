"""Who works at Harbour, the made-up organisation: four teams in four time zones, 25 people, ten services and one that nobody owns."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Team:
    """A team, where it is, who is in it, what it runs."""

    name: str
    zone: str
    people: tuple[str, ...]
    services: tuple[str, ...]


TEAMS = (
    Team("payments", "Europe/Berlin", ("anke", "bilal", "carla", "deniz", "elif", "fabian", "greta"), ("payments", "checkout", "invoicing")),
    Team("platform", "America/New_York", ("hazel", "ivan", "jamal", "keiko", "luis", "maya", "nils"), ("gateway", "identity", "scheduler")),
    Team("search", "Asia/Kolkata", ("omkar", "priya", "qasim", "ritu", "sanjay", "tara"), ("search", "catalogue")),
    Team("mobile", "Australia/Sydney", ("uma", "viktor", "wendy", "xavier", "yara"), ("app-api", "notifications")),
)
UNOWNED = "nightly-export"  # it deploys and pages, and no team's name stands on it

CONFIGURATION = "harbour/deploy-config"  # GitOps: one YAML file a service and environment

START = datetime(2026, 8, 10, tzinfo=UTC)  # a Monday; twelve weeks, the clocks go back in Berlin on 25 October and in New York on 1 November
END = datetime(2026, 11, 3, tzinfo=UTC)
AS_OF = datetime(2026, 11, 3, 8, tzinfo=UTC)  # Tuesday: the week is closed, late records are in
WEEK = "2026-W44"


def repository_of(service: str) -> str:
    """The repository that holds the service's code."""
    return f"harbour/{service}"


def team_of(service: str) -> Team | None:
    """The team that owns the service, None for the one nobody owns."""
    return next((team for team in TEAMS if service in team.services), None)


SERVICES = (*(service for team in TEAMS for service in team.services), UNOWNED)
