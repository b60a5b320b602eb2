"""Rotations built from long turns, and which stretches deserve a note of their own (docs/definitions.md, structural and incidental)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.local_time import wall_days, zone_named
from transforms.on_call.duty import merged, segments_of
from transforms.on_call.stretches import runs
from transforms.policy import Policy

LOOK_BACK, LOOK_AHEAD = timedelta(weeks=8), timedelta(weeks=4)
BEYOND = 1.0  # days by which a stretch must exceed a structural turn to be news


def structural_schedules(shifts: pd.DataFrame, policy: Policy, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Schedules whose own turns are long: schedule, share (of turns over `flag_days`), typical_days (median), shifts (turns), by schedule.

    Only first-level shifts of origin `rotation` count; a person's pieces less than the reset gap apart are one turn. With `as_of`, only
    the 8 weeks before and the 4 weeks after it are looked at.
    """
    own = shifts[(shifts["origin"] == "rotation") & (shifts["level"].fillna(1) <= 1) & (shifts["ends_at"] > shifts["starts_at"])]
    if as_of is not None:
        own = own[(own["ends_at"] > as_of - LOOK_BACK) & (own["starts_at"] < as_of + LOOK_AHEAD)]
    rows = [{"schedule": schedule, **shape(theirs, policy)} for schedule, theirs in own.groupby("schedule", sort=True)]
    frame = pd.DataFrame(rows, columns=["schedule", "share", "typical_days", "shifts"])
    return frame[frame["share"] >= policy.structural_share].reset_index(drop=True)


def shape(shifts: pd.DataFrame, policy: Policy) -> dict[str, float]:
    """Share of long turns, median length in local days and number of turns of one schedule."""
    lengths: list[float] = []
    for _, theirs in shifts.groupby("person"):
        zone = next((zone for name in theirs["zone"] if (zone := zone_named(name))), ZoneInfo("UTC"))
        turns = runs(merged(segments_of(theirs)), timedelta(hours=policy.reset_gap_hours))
        lengths += [wall_days(turn[0].start, turn[-1].end, zone) for turn in turns]
    days = pd.Series(lengths, dtype="float64")
    return {"share": float((days > policy.flag_days).mean()), "typical_days": float(days.median()), "shifts": len(days)}


def noteworthy(stretches: pd.DataFrame, structural: pd.DataFrame) -> pd.DataFrame:
    """The flagged stretches a person hears about: incidental, loaded, or over a day longer than the rotation is built.

    A watch-level stretch is noteworthy only when loaded. The rest belongs to the rotation and is said once, to its owner.
    """
    built = dict(zip(structural["schedule"], structural["typical_days"], strict=True))
    usual = pd.Series(
        [max((built.get(s, 0.0) for s in names), default=0.0) for names in stretches["schedules"]], index=stretches.index, dtype="float64"
    )
    is_news = (stretches["origin"] == "incidental") | (stretches["span_local_days"] > usual + BEYOND)
    return stretches[(stretches["level"].isin(["flag", "long"]) & is_news) | (stretches["is_loaded"] & (stretches["level"] != "none"))]
