"""What counts as reviewed, and to which level (docs/definitions.md, reviews)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import pandas as pd

from transforms.events.rows import Tables, columns, present

LEVELS = {"R0": 0, "R1": 1, "R2": 2, "R3": 3}
STATES = ("noticed", "answered", "shared", "shared")  # where a review of each level leaves a near miss
LEAST = {state: STATES.index(state) for state in STATES}  # the level a near miss reached at least, by where it stands
Subject = tuple[str, str]


def subject_of(kind: str, native_id: str) -> Subject:
    """What a review is about. A bare number means nothing without its kind; any other id says enough by itself."""
    return kind if native_id.isdigit() else "", native_id


@dataclass(frozen=True, slots=True)
class Reviews:
    """The highest level on record by what was reviewed, and since when. Looked at (R1) counts where somebody said what they made of it."""

    by_subject: Mapping[Subject, int]
    first_at: Mapping[Subject, datetime]

    @classmethod
    def of(cls, tables: Tables) -> Self:
        """What the table of reviews says."""
        wanted = ("subject_kind", "subject_id", "level", "disposition", "held_at", "first_seen_at")
        told = columns(tables, "reviews", wanted)
        level = told["level"].map(LEVELS).fillna(0).astype("int64")
        told = told.assign(level=level, at=told["held_at"].fillna(told["first_seen_at"]))
        told = told[(level > 1) | ((level == 1) & told["disposition"].notna())]
        found: dict[Subject, int] = {}
        begun: dict[Subject, datetime] = {}
        for kind, name, reached, at in zip(told["subject_kind"], told["subject_id"], told["level"], told["at"], strict=True):
            subject = subject_of(str(kind), str(name))
            found[subject] = max(found.get(subject, 0), int(reached))
            if present(at):
                begun[subject] = min(begun.get(subject, at.to_pydatetime()), at.to_pydatetime())
        return cls(found, begun)

    def beside(self, reached: Iterable[tuple[Subject, int, datetime | None]]) -> Self:
        """The same with what else reached a level, as a near miss does by an answer, and when."""
        found, begun = dict(self.by_subject), dict(self.first_at)
        for subject, level, at in reached:
            named = subject_of(*subject)
            found[named] = max(found.get(named, 0), int(level))
            if at is not None:
                begun[named] = min(begun.get(named, at), at)
        return replace(self, by_subject=found, first_at=begun)

    def level_of(self, subjects: Iterable[Subject]) -> int:
        """The highest level of any of these; 0 where nothing is on record."""
        return max((self.by_subject.get(subject_of(*subject), 0) for subject in subjects), default=0)

    def begun_at(self, subjects: Iterable[Subject]) -> datetime | None:
        """When the first review of any of these was held; None where nobody knows."""
        return min((at for subject in subjects if (at := self.first_at.get(subject_of(*subject)))), default=None)

    def levels(self, kind: str, ids: pd.Series) -> pd.Series:
        """The level of each of these."""
        return pd.Series([self.by_subject.get(subject_of(kind, str(name)), 0) for name in ids], index=ids.index, dtype="int64")

    def beginnings(self, kind: str, ids: pd.Series) -> pd.Series:
        """When each of these was first reviewed, as datetime64[us, UTC]."""
        return pd.Series([self.first_at.get(subject_of(kind, str(name))) for name in ids], index=ids.index, dtype="datetime64[us, UTC]")
