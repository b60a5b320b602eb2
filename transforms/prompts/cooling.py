"""Rest first: when a ticket may open and when people may be asked to talk (docs/definitions.md, cooling-off)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from transforms.estate import Team
from transforms.local_time import DAY, HOUR, instant, is_workday, zone_named
from transforms.policy import Policy

TALKS_FROM = time(10)
LONGEST_BREAK = 32  # days without a working day: a week off and the holidays around it
MEETING_DAYS = 5  # working days after which memory fades


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Who answered, without saying who: zone of each responder, their last interruptions in sleep hours, ends of their shifts."""

    zones: tuple[str, ...] = ()
    woken_at: tuple[datetime, ...] = ()
    shift_ends: tuple[datetime, ...] = ()


NOBODY = Response()


def not_before(ended_at: datetime, response: Response, team: Team, policy: Policy) -> datetime:
    """No conversation before this: a day later, the next working day at 10:00 where the responders live, a night's rest, the end of the shift."""
    zone = usual_zone(response, team)
    rested = [woken + timedelta(hours=policy.short_rest_hours) for woken in response.woken_at]
    off = [end for end in response.shift_ends if end - ended_at <= DAY]
    return max(ended_at + policy.rest_hours * HOUR, next_working_day(ended_at, zone, team, TALKS_FROM), *rested, *off)


def opens_at(ended_at: datetime, team: Team, policy: Policy) -> datetime:
    """When the ticket opens: in the team's working hours, at least 12 hours after the end and not before the next working morning."""
    zone = zone_named(team.zone) or ZoneInfo("UTC")
    return within_hours(max(ended_at + policy.open_after_hours * HOUR, next_morning(ended_at, zone, team)), zone, team)


def talk_by(earliest: datetime, zone: ZoneInfo, team: Team) -> datetime:
    """The end of the suggested time to talk: five working days later."""
    for _ in range(MEETING_DAYS):
        earliest = next_working_day(earliest, zone, team, team.ends)
    return earliest


def usual_zone(response: Response, team: Team) -> ZoneInfo:
    """The zone where most responders live; on a tie the team's if it is one of them, with no responders the team's."""
    counts = Counter(name for name in response.zones if zone_named(name))
    usual = min(counts, key=lambda name: (-counts[name], name != team.zone, name), default=team.zone)
    return zone_named(usual) or ZoneInfo("UTC")


def next_working_day(at: datetime, zone: ZoneInfo, team: Team, clock: time) -> datetime:
    """That time on the first working day after the local date of `at`."""
    coming = [at.astimezone(zone).date() + days * DAY for days in range(1, LONGEST_BREAK)]
    return instant(next((day for day in coming if is_workday(day, team)), coming[0]), clock, zone)


def next_morning(at: datetime, zone: ZoneInfo, team: Team) -> datetime:
    """The next start of the team's working hours at or after `at`."""
    today = at.astimezone(zone).date()
    start = instant(today, team.starts, zone)
    return start if at <= start and is_workday(today, team) else next_working_day(at, zone, team, team.starts)


def within_hours(at: datetime, zone: ZoneInfo, team: Team) -> datetime:
    """The instant itself in working hours, else the next working morning."""
    return at if is_working(at, team, zone) else next_morning(at, zone, team)


def is_working(at: datetime, team: Team, zone: ZoneInfo | None = None) -> bool:
    """Whether the instant lies in the team's working hours, on a working day; by the clock of its zone where no other is given."""
    local = at.astimezone(zone or zone_named(team.zone) or ZoneInfo("UTC"))
    return is_workday(local.date(), team) and team.starts <= local.time() < team.ends


def closes_at(at: datetime, team: Team) -> datetime:
    """The end of the working hours in which the instant lies, or of the next ones."""
    zone = zone_named(team.zone) or ZoneInfo("UTC")
    return instant(within_hours(at, zone, team).astimezone(zone).date(), team.ends, zone)


def team_of(name: object, teams: Mapping[str, Team], zone: str) -> Team:
    """The team of that name; one in the organisation's zone with usual hours where it is not known."""
    return teams.get(name, Team(zone=zone)) if isinstance(name, str) else Team(zone=zone)
