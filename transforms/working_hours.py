"""The hours in which a team may be asked: the next working day, the next morning, the end of the day."""

from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from transforms.estate import Team
from transforms.local_time import DAY, instant, is_workday, zone_named

LONGEST_BREAK = 32  # days without a working day: a week off and the holidays around it


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
