"""What happened at Harbour in twelve weeks: ordinary work, and the planted surprises that Soundings is to find (demo/answers.py).

A story is a list of dated facts; demo/world.py tells them to a git repository and to the vendor servers. The same seed, the same story.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from demo.organisation import END, SERVICES, START, TEAMS, UNOWNED, team_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A commit to a service's code. `undoes` names the earlier change it reverts, `how` the words it does so with."""

    at: datetime
    service: str
    author: str
    title: str
    name: str = ""
    undoes: str = ""
    how: str = ""
    pull: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A configuration value set in deploy-config."""

    at: datetime
    service: str
    author: str
    key: str
    value: str
    title: str
    environment: str = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A version of a service put into an environment."""

    at: datetime
    service: str
    version: str
    environment: str = "production"
    status: str = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A page: acknowledged after some minutes (never if None) by a person, resolved after some more by a person or by itself."""

    at: datetime
    service: str
    key: str
    title: str
    acknowledged: int | None
    resolved: int
    by: str
    is_self_resolved: bool = False
    priority: str | None = None
    joined_by: tuple[str, ...] = ()


@dataclass
class Story:
    """The facts, in no particular order."""

    changes: list[Change] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


def local(zone: str, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A local wall-clock time of 2026 as a UTC instant."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def story(seed: int = 44) -> Story:
    """The whole story of Harbour."""
    told = Story()
    random = Random(seed)
    for service in SERVICES:
        _ordinary_work(told, service, random)
    for surprise in (_step_backs, _put_backs, _reverts, _a_night_of_flapping, _an_incident):
        surprise(told)
    return told


# Days on which something is planted: ordinary work stays away from the service, so that each surprise stands alone.
PLANTED_DAYS = {
    "checkout": ((10, 28),),
    "gateway": ((10, 6), (10, 29)),
    "search": ((9, 15), (9, 16), (10, 28), (10, 29)),
    "identity": ((10, 8),),
    "payments": ((9, 22), (10, 14)),
    "app-api": ((10, 29), (10, 30)),
    "invoicing": ((9, 8), (9, 10)),
    "catalogue": ((10, 1), (10, 2)),
    "scheduler": ((9, 24),),
    UNOWNED: ((10, 27),),
}
WORK = ("Add a cache to", "Tidy the tests of", "Speed up", "Log more about", "Split", "Document", "Measure", "Simplify", "Cover", "Rename parts of")
THINGS = ("the order form", "the retry queue", "the index", "session storage", "the price list", "push delivery", "the audit log", "address checks")


def _ordinary_work(told: Story, service: str, random: Random) -> None:
    zone = ZoneInfo((team_of(service) or TEAMS[1]).zone)
    day, version, turn = START, 400, 0
    while day < END:
        local_day = day.astimezone(UTC).date()
        planted = any((local_day.month, local_day.day) == date for date in PLANTED_DAYS.get(service, ()))
        if local_day.weekday() < 5 and not planted:
            morning = datetime(local_day.year, local_day.month, local_day.day, 9, tzinfo=zone).astimezone(UTC)
            _a_day(told, service, morning, version + turn, random)
            turn += 1
        day += DAY


def _a_day(told: Story, service: str, morning: datetime, version: int, random: Random) -> None:
    people = (team_of(service) or TEAMS[1]).people
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        at = morning + random.randrange(20, 420) * MINUTE
        title = f"{random.choice(WORK)} {random.choice(THINGS)} ({service} {at:%j%H%M})"
        told.changes.append(Change(at=at, service=service, author=random.choice(people), title=title))
    if random.random() < 0.45:
        at = morning + random.randrange(90, 400) * MINUTE
        told.rollouts.append(Rollout(at=at - 50 * MINUTE, service=service, version=f"v{version}", environment="staging"))
        told.rollouts.append(Rollout(at=at, service=service, version=f"v{version}"))
    if random.random() < 0.12:
        key, value, author = random.choice(("replicas", "memory_mb", "queue_length")), str(100 + version), random.choice(people)
        told.settings.append(
            Setting(at=morning + 3 * HOUR, service=service, author=author, key=key, value=value, title=f"{service}: {key} to {value}")
        )
    if version % 7 == SERVICES.index(service) % 7:
        kind = ("latency", "disk", "queue depth", "certificate", "memory", "error rate")[(version // 7) % 6]
        at, title = morning + random.randrange(60, 300) * MINUTE, f"{service}: {kind} above its limit"
        resolved, who = random.randrange(45, 110), people[version % len(people)]
        told.alerts.append(Alert(at=at, service=service, key=f"{service}/{kind}", title=title, acknowledged=4, resolved=resolved, by=who))


def _step_backs(told: Story) -> None:
    """Five versions put back in production, one of them in staging only, one inside a declared incident."""
    for number, (service, at, minutes, environment) in enumerate(_put_back_versions()):
        steady, surprising = f"v{700 + 10 * number}", f"v{701 + 10 * number}"
        told.rollouts.append(Rollout(at=at - DAY, service=service, version=steady, environment=environment))
        told.rollouts.append(Rollout(at=at, service=service, version=surprising, environment=environment))
        told.rollouts.append(Rollout(at=at + minutes * MINUTE, service=service, version=steady, environment=environment))


def _put_back_versions() -> Iterator[tuple[str, datetime, int, str]]:
    yield "checkout", local("Europe/Berlin", 10, 28, 14), 38, "production"
    yield "gateway", local("America/New_York", 10, 6, 11), 175, "production"
    yield "search", local("Asia/Kolkata", 9, 15, 16), 20 * 60, "production"
    yield "identity", local("America/New_York", 10, 8, 10), 25, "production"
    yield UNOWNED, local("UTC", 10, 27, 9), 55, "production"
    yield "invoicing", local("Europe/Berlin", 9, 8, 10), 30, "staging"


def _put_backs(told: Story) -> None:
    """Three configuration values set and put back: one within the hour, one over a third value, one that was planned."""
    berlin, york, sydney, weeks = "Europe/Berlin", "America/New_York", "Australia/Sydney", -20 * 1440
    steps = {
        "gateway": (local(york, 10, 29, 10), "rate_limit", ((weeks, "100"), (0, "500"), (41, "100")), "jamal", "gateway: rate_limit to {}"),
        "payments": (local(berlin, 10, 14, 9), "timeout_ms", ((weeks, "800"), (0, "2500"), (120, "1500"), (290, "800")), "deniz", "payments: {} ms"),
        "app-api": (local(sydney, 9, 30, 9), "banner", ((weeks, "none"), (0, "spring"), (420, "none")), "wendy", "Temporary banner: {}"),
    }
    for service, (at, key, values, author, title) in steps.items():
        for minutes, value in values:
            told.settings.append(Setting(at=at + minutes * MINUTE, service=service, author=author, key=key, value=value, title=title.format(value)))


def _reverts(told: Story) -> None:
    """Four changes undone in four ways of saying so, and one undone revert, which is no surprise at all."""
    for name, service, author, at, minutes, how in (
        ("tokens", "app-api", "viktor", local("Australia/Sydney", 10, 29, 11), 200, "id"),
        ("ledger", "payments", "bilal", local("Europe/Berlin", 9, 22, 10), 150, "title"),
        ("facets", "catalogue", "ritu", local("Asia/Kolkata", 10, 1, 11), 25 * 60, "pull"),
        ("cron", "scheduler", "luis", local("America/New_York", 9, 24, 9), 70, "short id"),
    ):
        told.changes.append(Change(at=at, service=service, author=author, title=f"Keep {name} in memory", name=name))
        told.changes.append(Change(at=at + minutes * MINUTE, service=service, author=author, title="", name=f"undo {name}", undoes=name, how=how))
    again = local("America/New_York", 9, 24, 15)
    told.changes.append(Change(at=again, service="scheduler", author="luis", title="", name="redo cron", undoes="undo cron", how="id"))
    told.rollouts.append(Rollout(at=local("Australia/Sydney", 10, 29, 12), service="app-api", version="v799"))


def _a_night_of_flapping(told: Story) -> None:
    """One alert fires and clears four times in a night in Kolkata; somebody is woken twice."""
    for hour, minute in ((1, 10), (2, 5), (3, 20), (4, 40)):
        told.alerts.append(
            Alert(
                at=local("Asia/Kolkata", 10, 29, hour, minute),
                service="search",
                key="search/replica lag",
                title="search: replica lag above its limit",
                acknowledged=3 if hour < 3 else None,
                resolved=11,
                by="priya",
                is_self_resolved=True,
            )
        )


def _an_incident(told: Story) -> None:
    """A declared incident of the second severity: the step-back of identity inside it is part of it, not a near miss."""
    told.alerts.append(
        Alert(
            at=local("America/New_York", 10, 8, 10, 8),
            service="identity",
            key="identity/logins",
            title="identity: logins below their usual number",
            acknowledged=2,
            resolved=95,
            by="hazel",
            priority="P2",
            joined_by=("ivan", "keiko"),
        )
    )
