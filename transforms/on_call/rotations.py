"""Which schedules are worked as one rotation, which rotations are built from long turns, and which stretches are news beside them.

Source of the rules: docs/definitions.md, structural and incidental.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations

import pandas as pd

from transforms.estate import Estate
from transforms.local_time import wall_days
from transforms.on_call.duty import HANDOVER, Duty, Rota, Segment, merged, runs
from transforms.policy import Policy

LOOK_BACK, LOOK_AHEAD = timedelta(weeks=8), timedelta(weeks=4)
BEYOND = 1.0  # days by which a stretch must exceed a structural turn to be news
PIECES = 2  # of cover on either side, at least: once is no design
OVERLAP = 0.1  # of the shorter cover, at most: schedules that run beside each other are two
COLUMNS = ["schedules", "share", "typical_days", "shifts"]

Rotation = tuple[str, ...]  # the schedules worked as one, by name


def rotations(rotas: Sequence[Rota], estate: Estate) -> dict[str, Rotation]:
    """Every schedule with those that are worked together with it, itself among them.

    Two schedules of one team are one rotation where at least half of all their people work both, and their cover takes turns: at least half
    of the pieces of each begin or end where the other's do, twice or more (weekdays and weekends, days and nights).
    """
    owners = estate.owners
    worked: dict[str, list[Segment]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for rota in rotas:
        for segment in rota.segments:
            worked[segment.schedule].append(segment)
            if is_own(segment):
                people[segment.schedule].add(rota.person)
    covers = {name: merged(segment for segment in worked[name] if is_own(segment)) for name in people}
    together = {name: {name} for name in worked}
    for one, other in combinations(sorted(covers), 2):
        is_one_crew = 2 * len(people[one] & people[other]) >= len(people[one] | people[other])
        if is_one_crew and owners.get(one) == owners.get(other) and _take_turns(covers[one], covers[other]):
            joined = together[one] | together[other]
            together |= dict.fromkeys(joined, joined)
    return {name: tuple(sorted(names)) for name, names in together.items()}


def is_own(segment: Segment) -> bool:
    """Whether the shift is one of the schedule's own, first-level turns: no override, no swap, no backup."""
    return segment.origin == "rotation" and segment.level <= 1


def _take_turns(one: Sequence[Duty], other: Sequence[Duty]) -> bool:
    return _meets(one, other) and _meets(other, one) and _shared(one, other) <= OVERLAP * min(_length(one), _length(other))


def _meets(cover: Sequence[Duty], other: Sequence[Duty]) -> bool:
    if len(cover) < PIECES:
        return False
    starts, ends = [piece.start for piece in other], [piece.end for piece in other]
    met = sum(_is_near(piece.end, starts) or _is_near(piece.start, ends) for piece in cover)
    return met >= max(PIECES, len(cover) / 2)


def _is_near(at: datetime, moments: Sequence[datetime]) -> bool:
    place = bisect_left(moments, at - HANDOVER)
    return place < len(moments) and moments[place] <= at + HANDOVER


def _shared(one: Sequence[Duty], other: Sequence[Duty]) -> timedelta:
    whole = merged(segment for piece in (*one, *other) for segment in piece.segments)
    return _length(one) + _length(other) - _length(whole)


def _length(cover: Sequence[Duty]) -> timedelta:
    return sum((piece.end - piece.start for piece in cover), timedelta())


def structural_rotations(rotas: Sequence[Rota], estate: Estate, policy: Policy, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Rotations whose own turns are long, by name: schedules, share (of turns over `flag_days`), typical_days (median), shifts (turns).

    A person's pieces less than the reset gap apart are one turn. With `as_of`, only the 8 weeks before and the 4 weeks after it are looked at.
    """
    turns: dict[Rotation, list[float]] = defaultdict(list)
    built = rotations(rotas, estate)
    for rota in rotas:
        theirs: dict[Rotation, list[Segment]] = defaultdict(list)
        for segment in rota.segments:
            if is_own(segment) and (as_of is None or (segment.end > as_of - LOOK_BACK and segment.start < as_of + LOOK_AHEAD)):
                theirs[built[segment.schedule]].append(segment)
        for rotation, segments in theirs.items():
            taken = runs(merged(segments), timedelta(hours=policy.reset_gap_hours))
            turns[rotation] += [wall_days(turn[0].start, turn[-1].end, rota.zone) for turn in taken]
    rows = [(list(rotation), *_shape(pd.Series(turns[rotation]), policy)) for rotation in sorted(turns)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame[frame["share"] >= policy.structural_share].reset_index(drop=True)


def _shape(days: pd.Series, policy: Policy) -> tuple[float, float, int]:
    return float((days > policy.flag_days).mean()), float(days.median()), len(days)


def noteworthy(stretches: pd.DataFrame, structural: pd.DataFrame) -> pd.DataFrame:
    """The flagged stretches a person hears about: incidental, loaded, or over a day longer than the rotation is built.

    A watch-level stretch is noteworthy only when loaded. The rest belongs to the rotation and is said once, to its owner.
    """
    built = {name: days for names, days in zip(structural["schedules"], structural["typical_days"], strict=True) for name in names}
    usual = pd.Series(
        [max((built.get(s, 0.0) for s in names), default=0.0) for names in stretches["schedules"]], index=stretches.index, dtype="float64"
    )
    is_news = (stretches["origin"] == "incidental") | (stretches["span_local_days"] > usual + BEYOND)
    return stretches[(stretches["level"].isin(["flag", "long"]) & is_news) | (stretches["is_loaded"] & (stretches["level"] != "none"))]
