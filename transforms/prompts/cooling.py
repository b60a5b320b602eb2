"""Rest first: when a ticket may open and when people may be asked to talk (docs/definitions.md, cooling-off)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from transforms.estate import Team
from transforms.local_time import DAY, HOUR, zone_named
from transforms.policy import Policy
from transforms.working_hours import next_morning, next_working_day, within_hours

TALKS_FROM = time(10)
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
