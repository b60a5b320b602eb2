"""What counts as reviewed, and to which level (docs/definitions.md, reviews)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import pandas as pd

from transforms.events.rows import Tables, columns

LEVELS = {"R0": 0, "R1": 1, "R2": 2, "R3": 3}
STATES = ("noticed", "answered", "shared", "shared")  # where a review of each level leaves a near miss
LEAST = {state: STATES.index(state) for state in STATES}  # the level a near miss reached at least, by where it stands
Subject = tuple[str, str]


def subject_of(kind: str, native_id: str) -> Subject:
    """What a review is about. A bare number means nothing without its kind; any other id says enough by itself."""
    return kind if native_id.isdigit() else "", native_id


@dataclass(frozen=True, slots=True)
class Reviews:
    """The highest level on record by what was reviewed. Looked at (R1) counts where somebody said what they made of it."""

    by_subject: Mapping[Subject, int]

    @classmethod
    def of(cls, tables: Tables) -> Self:
        """What the table of reviews says."""
        told = columns(tables, "reviews", ("subject_kind", "subject_id", "level", "disposition"))
        level = told["level"].map(LEVELS).fillna(0).astype("int64")
        counts = (level > 1) | ((level == 1) & told["disposition"].notna())
        found: dict[Subject, int] = {}
        for kind, name, reached in zip(told.loc[counts, "subject_kind"], told.loc[counts, "subject_id"], level[counts], strict=True):
            subject = subject_of(str(kind), str(name))
            found[subject] = max(found.get(subject, 0), int(reached))
        return cls(found)

    def beside(self, reached: Iterable[tuple[Subject, int]]) -> Self:
        """The same with what else reached a level, as a near miss does by an answer."""
        found = dict(self.by_subject)
        for subject, level in reached:
            named = subject_of(*subject)
            found[named] = max(found.get(named, 0), int(level))
        return replace(self, by_subject=found)

    def level_of(self, subjects: Iterable[Subject]) -> int:
        """The highest level of any of these; 0 where nothing is on record."""
        return max((self.by_subject.get(subject_of(*subject), 0) for subject in subjects), default=0)

    def levels(self, kind: str, ids: pd.Series) -> pd.Series:
        """The level of each of these."""
        return pd.Series([self.by_subject.get(subject_of(kind, str(name)), 0) for name in ids], index=ids.index, dtype="int64")
