"""Which events were talked about: reviewed at R1 or more, themselves or through the near miss they belong to."""

from dataclasses import dataclass

import pandas as pd

from signals.records import RECORDS
from transforms.events import Events
from transforms.events.reviews import LEAST, LEVELS, Reviews, Subject
from transforms.events.rows import Tables, columns, pairs, present, text
from transforms.near_misses.catalogue import BY_CODE
from transforms.report.frames import hits_of

_KINDS = {table: kind.about.name for table, kind in RECORDS.items() if kind.about.stakes}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The highest level each subject reached, by itself or through a near miss, and the events of talked-about near misses."""

    reviews: Reviews
    events: pd.MultiIndex  # (source, native_id)

    def level_of(self, kind: str, ids: pd.Series) -> pd.Series:
        """The level of each id, 0 where nothing is recorded."""
        return self.reviews.levels(kind, ids)

    def began(self, kind: str, ids: pd.Series) -> pd.Series:
        """When people first talked about each id."""
        return self.reviews.beginnings(kind, ids)

    def talked(self, table: str, frame: pd.DataFrame) -> pd.Series:
        """Whether each event of the table was talked about."""
        return (self.level_of(_KINDS[table], frame["native_id"]) >= 1) | pairs(frame).isin(self.events)


def reviewed(events: Events) -> Reviewed:
    """What the reviews and the near misses' own review levels say."""
    misses, hits = columns(events.tables, "near_misses", ("key", "review_level", "state", "incident_id")), hits_of(events.tables)
    stands = misses["state"].map(LEAST).fillna(0).astype("int64")
    own = misses["review_level"].map(LEVELS).fillna(0).astype("int64").clip(lower=stands)
    named = _subjects(hits)
    begun = [
        events.reviews.begun_at([("near_miss", key), *([("incident", incident)] if present(incident) else []), *named.get(key, ())])
        for key, incident in zip(misses["key"], misses["incident_id"], strict=True)
    ]
    through = [(("near_miss", key), level, at) for key, level, at in zip(misses["key"], own, begun, strict=True)]
    through += [
        (("incident", incident), level, at) for incident, level, at in zip(misses["incident_id"], own, begun, strict=True) if present(incident)
    ]
    known = events.reviews.beside(through)
    mine = hits[hits["story"].isin(misses.loc[known.levels("near_miss", misses["key"]) >= 1, "key"])]
    return Reviewed(known, pairs(mine, "trigger_source", "trigger_id").append(pairs(mine, "recovery_source", "recovery_id")))


def _subjects(hits: pd.DataFrame) -> dict[str, list[Subject]]:
    """What a review of each near miss may name beside itself: its hits, and what triggered and ended them."""
    named: dict[str, list[Subject]] = {}
    for story, key, detector, *ids in hits[["story", "key", "detector", "trigger_id", "recovery_id"]].itertuples(index=False, name=None):
        kind = BY_CODE[detector].subject_kind if detector in BY_CODE else ""
        named.setdefault(story, []).extend([("near_miss", str(key)), *((kind, str(name)) for name in ids)])
    return named


def service_of(tables: Tables, kind: object, subject: object) -> str:
    """The service of what a review is about, empty where it has none or is not on record."""
    kept_in = {"near_miss": ("near_misses", "key")} | {kind: (table, "native_id") for table, kind in _KINDS.items()}
    if kind not in kept_in:
        return ""
    table, key = kept_in[str(kind)]
    rows = columns(tables, table, (key, "service"))
    return next((text(service) for service in rows.loc[rows[key] == subject, "service"].dropna()), "")
