"""The frames the report counts, with every column it uses present, whatever was landed so far."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from transforms.report.week import Week

Frames = Mapping[str, pd.DataFrame]

_IDENTITIES = ("trigger_source", "trigger_id", "recovery_source", "recovery_id")
_HIT = ("key", "detector", "family", *_IDENTITIES, "started_at", "ended_at", "evidence")
_WHEN = ("_at", "window_start", "window_end")


def columns(frames: Frames, name: str, wanted: Sequence[str]) -> pd.DataFrame:
    """These columns of the rows that still hold, columns it lacks empty; the frame may be absent. Instants are datetime64[us, UTC]."""
    frame = frames.get(name, pd.DataFrame())
    if "withdrawn_at" in frame:
        frame = frame[frame["withdrawn_at"].isna()]
    frame = frame.reindex(columns=list(wanted))
    when = {column: pd.to_datetime(frame[column], utc=True) for column in wanted if column.endswith(_WHEN)}
    return frame.assign(**when)


def between(frame: pd.DataFrame, column: str, start: datetime, end: datetime) -> pd.DataFrame:
    """The rows whose instant lies in [start, end)."""
    at = frame[column]
    return frame[(at >= start) & (at < end)]


def present(value: object) -> bool:
    """Whether a cell that holds no list has a value."""
    return value is not None and value == value and value is not pd.NaT and value != ""  # noqa: PLR0124  missing is the one value unequal to itself


def text(value: object, otherwise: str = "") -> str:
    """The cell as text."""
    return str(value) if present(value) else otherwise


def instant(value: object) -> datetime | None:
    """The cell as an aware datetime."""
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else None


def pairs(frame: pd.DataFrame, source: str = "source", native_id: str = "native_id") -> pd.MultiIndex:
    """The identity of every row."""
    return pd.MultiIndex.from_frame(frame[[source, native_id]].astype("object"))


def hits_of(tables: Frames) -> pd.DataFrame:
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
