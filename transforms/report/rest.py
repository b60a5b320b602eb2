"""Rest and on-call by rotation, only where enough people share it (docs/definitions.md, who can see what)."""

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from transforms.events import Events
from transforms.events.people import People
from transforms.events.rows import columns
from transforms.events.spelling import told_apart
from transforms.on_call.rotations import structural_schedules
from transforms.report.contents import Rest, Rotation
from transforms.report.week import Week

_AHEAD = timedelta(weeks=4)
_SHIFT = ("person", "schedule", "level", "starts_at", "ends_at", "origin", "zone")
_STRETCH = ("person", "starts_at", "ends_at", "level", "is_loaded", "is_left_censored", "schedules", "sleep_interruption_nights")


def rest(events: Events, week: Week) -> Rest:
    """One row a rotation of at least `min_group` people, and how many smaller ones there are. A total would give those away."""
    tables, policy = events.tables, events.policy
    shifts = columns(tables, "shifts", _SHIFT)
    shifts = shifts[(shifts["ends_at"] > week.start - _AHEAD) & (shifts["starts_at"] < week.end + _AHEAD)]
    stretches = columns(tables, "stretches", _STRETCH).explode("schedules")
    members = members_of(shifts, events.people)
    shown = showable(members, policy.min_group)
    structural = set(structural_schedules(shifts, policy, as_of=week.end)["schedule"]) if shown else set()
    rows = tuple(_rotation(name, members[name], stretches[stretches["schedules"] == name], week, name in structural) for name in shown)
    return Rest(rotations=rows, too_small=len(members) - len(shown))


def members_of(shifts: pd.DataFrame, known: People) -> dict[str, frozenset[str]]:
    """The people of each schedule, no more than there are for certain."""
    named = {str(text): known.people_of(str(text)) for text in shifts["person"].unique()}
    certain = told_apart({person for people in named.values() for person in people})
    return {
        str(name): frozenset(certain[person] for text in theirs["person"].unique() for person in named[str(text)])
        for name, theirs in shifts.groupby("schedule")
    }


def showable(members: Mapping[str, frozenset[str]], min_group: int) -> list[str]:
    """The schedules with enough people, without those that would let a smaller group be worked out by subtraction.

    Where one group lies within another and the difference is a group too small to be shown, the smaller of the two is left out.
    """
    enough = sorted(name for name, people in members.items() if len(people) >= min_group)
    return [
        name for name in enough if not any(0 < len(members[other] - members[name]) < min_group for other in enough if members[name] < members[other])
    ]


def _rotation(name: str, people: frozenset[str], stretches: pd.DataFrame, week: Week, is_structural: bool) -> Rotation:
    now = stretches[(stretches["starts_at"] < week.end) & (stretches["ends_at"] > week.start)]
    ahead = stretches[(stretches["starts_at"] >= week.end) & (stretches["starts_at"] < week.end + _AHEAD)]
    by_level = now["level"].value_counts()
    return Rotation(
        name=name,
        people=len(people),
        stretches=len(now),
        watch=int(by_level.get("watch", 0)),
        flag=int(by_level.get("flag", 0)),
        long=int(by_level.get("long", 0)),
        loaded=int(now["is_loaded"].eq(other=True).sum()),
        nights=int(now["sleep_interruption_nights"].fillna(0).sum()),
        ahead=int(ahead["level"].isin(["flag", "long"]).sum()),
        is_structural=is_structural,
        censored=int(now["is_left_censored"].eq(other=True).sum()),
    )
