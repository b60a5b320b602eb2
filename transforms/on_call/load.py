"""How heavy a time on call was: interruptions, broken nights, rest (docs/definitions.md, on call, F4, F5, F8, F11)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from transforms.estate import Team
from transforms.events.interruptions import night_of
from transforms.local_time import DAY, HOUR, Span, dates, instant, union, wall_days, work_span
from transforms.policy import Policy

SAME_INTERRUPTION = timedelta(seconds=60)
HANDLING = timedelta(minutes=10)  # time at work an interruption stands for where nothing better is known (F7)
BUSY_WINDOW = timedelta(hours=12)
TWICE = 2


class Call(NamedTuple):
    """One interruption of one person, and what it was about."""

    at: datetime
    about: str


def distinct(calls: Sequence[Call]) -> list[datetime]:
    """The instants of the interruptions in order; what follows within 60 seconds of one belongs to it."""
    kept: list[datetime] = []
    for at in sorted(call.at for call in calls):
        if not kept or at - kept[-1] >= SAME_INTERRUPTION:
            kept.append(at)
    return kept


def broken_nights(interruptions: Iterable[datetime], zone: ZoneInfo) -> int:
    """Nights with at least one interruption in sleep hours."""
    return len({night_of(at, zone) for at in interruptions} - {None})


def busiest(calls: Sequence[Call], within: timedelta = BUSY_WINDOW) -> int:
    """The most events in any window of that length; several interruptions about one event count once."""
    ordered = sorted(calls)
    ends = [bisect_left(ordered, (call.at + within,)) for call in ordered]
    return max((len({call.about for call in ordered[start:end]}) for start, end in enumerate(ends)), default=0)


def longest_rest_hours(until: datetime, busy: Iterable[Span], hours: float = 24) -> float:
    """The longest interval free of work, engagement and interruption in the hours before `until` (F8)."""
    reached, longest = until - timedelta(hours=hours), timedelta()
    for start, end in union(busy):
        longest = max(longest, min(start, until) - reached)
        reached = max(reached, end)
    return max(longest, until - reached) / HOUR


def short_rests(span: Span, interruptions: Sequence[datetime], zone: ZoneInfo, team: Team, policy: Policy) -> int:
    """Mornings of the span whose 24 hours before held no rest of `short_rest_hours`. Work is the team's hours, an interruption 10 minutes."""
    handling = [(at, at + HANDLING) for at in interruptions]
    count = 0
    for day in dates(*span, zone):
        morning = instant(day, team.starts, zone)
        work = work_span(day - DAY, zone, team)
        if span[0] < morning <= span[1]:
            count += longest_rest_hours(morning, [*handling, *([work] if work else [])]) < policy.short_rest_hours
    return count


def is_loaded(span: Span, calls: Sequence[Call], zone: ZoneInfo, team: Team, policy: Policy) -> bool:
    """More than `watch_days` long, and two broken nights, too much in 12 hours, or two short rests (docs/definitions.md, loaded stretch)."""
    if wall_days(*span, zone) <= policy.watch_days or not calls:
        return False
    interruptions = distinct(calls)
    return (
        broken_nights(interruptions, zone) >= TWICE
        or busiest(calls) > policy.busy_incidents
        or short_rests(span, interruptions, zone, team, policy) >= TWICE
    )
