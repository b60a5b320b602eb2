"""Which events were talked about: reviewed at R1 or more, themselves or through the near miss they belong to."""

from dataclasses import dataclass

import pandas as pd

from signals.records import RECORDS
from transforms.report.frames import Frames, columns, hits_of, pairs, text

_BY_STATE = {"answered": 1, "shared": 2}
LEVELS = {"R0": 0, "R1": 1, "R2": 2, "R3": 3}
_KINDS = {table: kind.about.name for table, kind in RECORDS.items() if kind.about.stakes}


def levels(names: pd.Series) -> pd.Series:
    """R0 to R3 as numbers; an unknown or missing level is 0."""
    return names.map(LEVELS).fillna(0).astype("int64")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The highest level each subject reached, near misses by key and incidents by native_id, and the events of talked-about near misses."""

    by_subject: pd.Series  # (kind, id) -> level
    events: pd.MultiIndex  # (source, native_id)

    def level_of(self, kind: str, ids: pd.Series) -> pd.Series:
        """The level of each id, 0 where nothing is recorded."""
        known = self.by_subject[self.by_subject.index.get_level_values(0) == kind].droplevel(0)
        return ids.map(known).fillna(0).astype("int64")

    def talked(self, table: str, frame: pd.DataFrame) -> pd.Series:
        """Whether each event of the table was talked about."""
        return (self.level_of(_KINDS[table], frame["native_id"]) >= 1) | pairs(frame).isin(self.events)


def reviewed(tables: Frames) -> Reviewed:
    """What the reviews and the near misses' own review levels say."""
    reviews = columns(tables, "reviews", ("subject_kind", "subject_id", "level"))
    misses = columns(tables, "near_misses", ("key", "review_level", "state", "incident_id"))
    hits = hits_of(tables)
    said = pd.DataFrame({"kind": reviews["subject_kind"], "id": reviews["subject_id"], "level": levels(reviews["level"])})
    stands = misses["state"].map(_BY_STATE).fillna(0).astype("int64")
    own = pd.DataFrame({"kind": "near_miss", "id": misses["key"], "level": levels(misses["review_level"]).clip(lower=stands)})
    through = pd.DataFrame({"kind": "incident", "id": misses["incident_id"], "level": own["level"]}).dropna(subset="id")
    by_subject = pd.concat([said, own, through]).astype({"kind": "object", "id": "object"}).groupby(["kind", "id"])["level"].max()
    near = by_subject[by_subject.index.get_level_values(0) == "near_miss"]
    mine = hits[hits["story"].isin(near[near >= 1].index.get_level_values(1))]
    events = pairs(mine, "trigger_source", "trigger_id").append(pairs(mine, "recovery_source", "recovery_id"))
    return Reviewed(by_subject, events)


def service_of(tables: Frames, kind: object, subject: object) -> str:
    """The service of what a review is about, empty where it has none or is not on record."""
    kept_in = {"near_miss": ("near_misses", "key")} | {kind: (table, "native_id") for table, kind in _KINDS.items()}
    if kind not in kept_in:
        return ""
    table, key = kept_in[str(kind)]
    rows = columns(tables, table, (key, "service"))
    return next((text(service) for service in rows.loc[rows[key] == subject, "service"].dropna()), "")
