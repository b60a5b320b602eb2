"""On-call stretches: how long people were, and will be, on call without a real break (docs/definitions.md, on call).

Hours are elapsed hours, computed in UTC; days, nights and thresholds are read on the person's own wall clock.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.estate import Team
from transforms.events import Events
from transforms.local_time import DAY, HOUR, Span, dates, day_span, instant, is_workday, overlap, wall_days
from transforms.on_call.duty import Duty, Rota, duties, rotas, runs
from transforms.on_call.load import broken_nights, distinct, is_loaded
from transforms.on_call.rotations import Rotation, rotations
from transforms.policy import Policy

NIGHT_STARTS, NIGHT_ENDS = time(22), time(7)
NIGHT, WEEKEND_DAY = 2 * HOUR, 4 * HOUR  # at least so much on call makes a night, a weekend day

COLUMNS = {
    "key": "str",
    "person": "str",
    "team": "str",
    "zone": "str",
    "is_assumed_zone": "bool",
    "starts_at": "datetime64[us, UTC]",
    "ends_at": "datetime64[us, UTC]",
    "span_local_days": "float64",
    "elapsed_hours": "float64",
    "covered_hours": "float64",
    "nights": "int64",
    "weekend_days": "int64",
    "interruptions": "int64",
    "sleep_interruption_nights": "int64",
    "level": "str",
    "origin": "str",
    "is_loaded": "bool",
    "is_left_censored": "bool",
    "is_forecast": "bool",
    "schedules": "object",
}


def stretches(events: Events, *, seen_since: datetime | None = None, as_of: datetime | None = None) -> pd.DataFrame:
    """One unbroken time on call of one person a row, past and planned, by person and start (COLUMNS).

    Days are local, hours elapsed. `level`: none, watch, flag, long. `origin`: incidental where an override, a swap or a second rotation took part.
    `key` is the person and the start: a shift learned of later that begins earlier makes another stretch, and the first row no longer holds.
    `is_left_censored`: begins within the reset gap of `seen_since`, so the length is a lower bound.
    `is_forecast`: ends after `as_of`, so some of it is still a plan.
    """
    policy, known = events.policy, rotas(events)
    gap, built = timedelta(hours=policy.reset_gap_hours), rotations(known, events.estate)
    rows = [row(rota, run, built, policy) for rota in known for run in runs(duties(rota, policy), gap)]
    frame = pd.DataFrame(rows, columns=[*COLUMNS])
    frame["is_left_censored"] = False if seen_since is None else frame["starts_at"] <= seen_since + gap
    frame["is_forecast"] = False if as_of is None else frame["ends_at"] > as_of
    return frame.astype(COLUMNS).sort_values(["person", "starts_at"], ignore_index=True)


def row(rota: Rota, pieces: Sequence[Duty], built: Mapping[str, Rotation], policy: Policy) -> dict[str, Any]:
    """One stretch; `built` is the rotation of each schedule."""
    span = start, end = pieces[0].start, pieces[-1].end
    days = wall_days(start, end, rota.zone)
    calls = rota.calls[bisect_left(rota.calls, (start,)) : bisect_left(rota.calls, (end,))]
    interruptions = distinct(calls)
    nights = nights_of(pieces, rota.zone)
    segments = [segment for piece in pieces for segment in piece.segments]
    schedules = sorted({segment.schedule for segment in segments})
    is_built_so = len({built[name] for name in schedules}) == 1 and all(segment.origin == "rotation" for segment in segments)
    return {
        "key": blake2b(f"{rota.person}\0{start.isoformat()}".encode(), digest_size=16).hexdigest(),
        "person": rota.person,
        "team": rota.team_name,
        "zone": rota.zone.key,
        "is_assumed_zone": rota.is_assumed_zone,
        "starts_at": start,
        "ends_at": end,
        "span_local_days": days,
        "elapsed_hours": (end - start) / HOUR,
        "covered_hours": sum((piece.end - piece.start for piece in pieces), timedelta()) / HOUR,
        "nights": nights,
        "weekend_days": weekend_days(pieces, rota.zone, rota.team),
        "interruptions": len(interruptions),
        "sleep_interruption_nights": broken_nights(interruptions, rota.zone),
        "level": level(days, nights, policy),
        "origin": "structural" if is_built_so else "incidental",
        "is_loaded": is_loaded(span, calls, rota.zone, rota.team, policy),
        "schedules": schedules,
    }


def level(days: float, nights: int, policy: Policy) -> str:
    """none, watch (more than 3 local days), flag (more than 5), long (7 or more); none with fewer than `min_nights` nights."""
    if nights < policy.min_nights or days <= policy.watch_days:
        return "none"
    if days >= policy.long_days:
        return "long"
    return "flag" if days > policy.flag_days else "watch"


def nights_of(pieces: Iterable[Duty], zone: ZoneInfo) -> int:
    """Local 22:00-07:00 windows with at least two hours on call; on a clock change the window is 8 or 10 hours and one night."""
    covered: dict[date, timedelta] = defaultdict(timedelta)
    for piece in pieces:
        for day in dates(piece.start - DAY, piece.end, zone):
            window = instant(day, NIGHT_STARTS, zone), instant(day + DAY, NIGHT_ENDS, zone)
            covered[day] += overlap((piece.start, piece.end), window)
    return sum(time_on >= NIGHT for time_on in covered.values())


def weekend_days(pieces: Iterable[Duty], zone: ZoneInfo, team: Team) -> int:
    """Local dates the team does not work (Saturday and Sunday by default) with at least four hours on call."""
    covered: dict[date, timedelta] = defaultdict(timedelta)
    for piece in pieces:
        span: Span = (piece.start, piece.end)
        for day in dates(*span, zone):
            if not is_workday(day, team):
                covered[day] += overlap(span, day_span(day, zone))
    return sum(time_on >= WEEKEND_DAY for time_on in covered.values())
