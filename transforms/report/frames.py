"""The frames the report counts, with every column it uses present, whatever was landed so far."""

from collections.abc import Sequence

import pandas as pd

from transforms.events.rows import Tables, columns
from transforms.report.week import Week

_IDENTITIES = ("trigger_source", "trigger_id", "recovery_source", "recovery_id")
_HIT = ("key", "service", "detector", "family", *_IDENTITIES, "started_at", "ended_at", "evidence")


def hits_of(tables: Tables) -> pd.DataFrame:
    """The detector hits with the key of the near miss (`story`) each belongs to."""
    hits = columns(tables, "near_miss_hits", _HIT)
    belongs = columns(tables, "near_misses", ("key", "hits")).rename(columns={"key": "story", "hits": "key"}).explode("key")
    return hits.astype("object").merge(belongs.astype("object"), on="key")


def per_week(at: pd.Series, weeks: Sequence[Week]) -> list[int]:
    """How many of the instants lie in each of the weeks."""
    return [int(((at >= week.start) & (at < week.end)).sum()) for week in weeks]
