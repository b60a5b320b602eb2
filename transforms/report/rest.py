"""Rest and on-call by rotation, only where enough people share it (docs/definitions.md, who can see what)."""

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from transforms.events import Events
from transforms.events.people import People
from transforms.events.rows import columns
from transforms.events.spelling import told_apart
from transforms.on_call.duty import rotas
from transforms.on_call.rotations import Rotation, rotations, structural_rotations
from transforms.report.contents import Rest, RotationRow
from transforms.report.week import Week

_AHEAD = timedelta(weeks=4)
_SHIFT = ("person", "schedule", "starts_at", "ends_at")
_STRETCH = ("person", "starts_at", "ends_at", "level", "is_loaded", "is_left_censored", "schedules", "sleep_interruption_nights")


def rest(events: Events, week: Week) -> Rest:
    """One row a rotation of at least `min_group` people, and how many smaller ones there are. A total would give those away."""
    shifts = columns(events.tables, "shifts", _SHIFT)
    near = shifts[(shifts["ends_at"] > week.start - _AHEAD) & (shifts["starts_at"] < week.end + _AHEAD)]
    duty = rotas(events)
    built = rotations(duty, events.estate)
    members = members_of(near, built, events.people)
    shown = showable(members, events.policy.min_group)
    long = structural_rotations(duty, events.estate, events.policy, as_of=week.end) if shown else pd.DataFrame(columns=["schedules"])
    structural = {tuple(names) for names in long["schedules"]}
    stretches = columns(events.tables, "stretches", _STRETCH)
    rows = tuple(_rotation(one, members[one], stretches[_touching(stretches, one)], week, one in structural) for one in shown)
    return Rest(rotations=rows, too_small=len(members) - len(shown))


def _touching(stretches: pd.DataFrame, rotation: Rotation) -> pd.Series:
    return stretches["schedules"].map(lambda names: not {*rotation}.isdisjoint(names)).astype("bool")


def members_of(shifts: pd.DataFrame, built: Mapping[str, Rotation], known: People) -> dict[Rotation, frozenset[str]]:
    """The people of each rotation, no more than there are for certain."""
    named = {str(text): known.people_of(str(text)) for text in shifts["person"].unique()}
    certain = told_apart({person for people in named.values() for person in people})
    members: dict[Rotation, set[str]] = {}
    for schedule, text in shifts[["schedule", "person"]].drop_duplicates().itertuples(index=False):
        if rotation := built.get(str(schedule)):
            members.setdefault(rotation, set()).update(certain[person] for person in named[str(text)])
    return {rotation: frozenset(people) for rotation, people in sorted(members.items())}


def showable(members: Mapping[Rotation, frozenset[str]], min_group: int) -> list[Rotation]:
    """The rotations with enough people, without those that would let a smaller group be worked out by subtraction.

    Where one group lies within another and the difference is a group too small to be shown, the smaller of the two is left out.
    """
    enough = sorted(name for name, people in members.items() if len(people) >= min_group)
    return [
        name for name in enough if not any(0 < len(members[other] - members[name]) < min_group for other in enough if members[name] < members[other])
    ]


def _rotation(rotation: Rotation, people: frozenset[str], stretches: pd.DataFrame, week: Week, is_structural: bool) -> RotationRow:
    now = stretches[(stretches["starts_at"] < week.end) & (stretches["ends_at"] > week.start)]
    ahead = stretches[(stretches["starts_at"] >= week.end) & (stretches["starts_at"] < week.end + _AHEAD)]
    by_level = now["level"].value_counts()
    return RotationRow(
        name=" and ".join(rotation),
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
