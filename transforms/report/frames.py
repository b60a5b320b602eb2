"""The frames the report counts, with every column it uses present, whatever was landed so far."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd

from transforms.events.rows import Tables, columns
from transforms.report.week import Week

_IDENTITIES = ("trigger_source", "trigger_id", "recovery_source", "recovery_id")
_HIT = ("key", "detector", "family", *_IDENTITIES, "started_at", "ended_at", "evidence")


def present(value: object) -> bool:
    """Whether a cell that holds no list has a value."""
    return value is not None and value == value and value is not pd.NaT and value != ""  # noqa: PLR0124  missing is the one value unequal to itself


def text(value: object, otherwise: str = "") -> str:
    """The cell as text."""
    return str(value) if present(value) else otherwise


def instant(value: object) -> datetime | None:
    """The cell as an aware datetime."""
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else None


def hits_of(tables: Tables) -> pd.DataFrame:
    """The detector hits with the key of the near miss (`story`) each belongs to."""
    hits = columns(tables, "near_miss_hits", _HIT)
    belongs = columns(tables, "near_misses", ("key", "hits")).rename(columns={"key": "story", "hits": "key"}).explode("key")
    return hits.astype("object").merge(belongs.astype("object"), on="key")


def per_week(at: pd.Series, weeks: Sequence[Week]) -> list[int]:
    """How many of the instants lie in each of the weeks."""
    return [int(((at >= week.start) & (at < week.end)).sum()) for week in weeks]


def tally(values: Iterable[str]) -> list[tuple[str, int]]:
    """Each value and how often it occurs, the frequent first, then by name."""
    counts = pd.Series(list(values), dtype="object").value_counts()
    return sorted(((str(value), int(count)) for value, count in counts.items()), key=lambda item: (-item[1], item[0]))
