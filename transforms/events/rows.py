"""Reading a table: the columns that are asked for are there, instants are instants, and arrival changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

Tables = Mapping[str, pd.DataFrame]

IDENTITY = ["source", "native_id"]
_WHEN = ("_at", "window_start", "window_end")


def _standing(tables: Tables, name: str) -> pd.DataFrame:
    frame = tables.get(name, pd.DataFrame())
    return frame[frame["withdrawn_at"].isna()] if "withdrawn_at" in frame else frame


def columns(tables: Tables, name: str, wanted: Sequence[str]) -> pd.DataFrame:
    """These columns of the rows that still hold, columns it lacks empty; the table may be absent. Instants are datetime64[us, UTC]."""
    frame = _standing(tables, name).reindex(columns=list(wanted))
    when = {column: pd.to_datetime(frame[column], utc=True) for column in wanted if column.endswith(_WHEN)}
    return frame.assign(**when)


def rows(tables: Tables, table: str, wanted: Sequence[str], at: str) -> pd.DataFrame:
    """The table with identity, service and these columns (missing ones null), without repeats, ordered by `at` and identity."""
    names_wanted = [*IDENTITY, "service", *wanted]
    given = _standing(tables, table)
    frame = given.reset_index(drop=True).reindex(columns=names_wanted).astype({name: object for name in names_wanted if name not in given})
    frame = frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), "") for name in ("source", "service")})
    keys = frame[[at, *IDENTITY]].dropna().drop_duplicates(IDENTITY, keep="last")
    keys = keys.assign(**{at: pd.to_datetime(keys[at], utc=True)}).sort_values([at, "native_id", "source"])
    return frame.loc[keys.index].assign(**{at: keys[at]}).reset_index(drop=True)


def between(frame: pd.DataFrame, column: str, start: datetime, end: datetime) -> pd.DataFrame:
    """The rows whose instant lies in [start, end)."""
    at = frame[column]
    return frame[(at >= start) & (at < end)]


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows one by one; a column is an attribute."""
    return iter(frame.itertuples(index=False))


def known(value: Any) -> Any | None:
    """The value, None where the table has none (NA, NaN, NaT, empty text)."""
    if isinstance(value, (list, tuple)) or value is None:
        return value
    return None if pd.isna(value) or value == "" else value


def names(value: Any) -> tuple[str, ...]:
    """A list column's value as a sorted tuple, empty where there is none."""
    return tuple(sorted({str(name) for name in value})) if isinstance(value, (list, tuple, set, frozenset)) else ()


def plain(words: pd.Series) -> pd.Series:
    """Words of a closed list as they are compared: in small letters, without the blanks around them."""
    return words.astype("str").str.strip().str.casefold()


def pairs(frame: pd.DataFrame, source: str = "source", native_id: str = "native_id") -> pd.MultiIndex:
    """The identity of every row."""
    return pd.MultiIndex.from_frame(frame[[source, native_id]].astype("object"))


def present(value: object) -> bool:
    """Whether a cell that holds no list has a value."""
    return value is not None and value == value and value is not pd.NaT and value != ""  # noqa: PLR0124  missing is the one value unequal to itself


def text(value: object, otherwise: str = "") -> str:
    """The cell as text."""
    return str(value) if present(value) else otherwise


def instant(value: object) -> datetime | None:
    """The cell as an aware datetime."""
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else None


def tally(values: Iterable[str]) -> list[tuple[str, int]]:
    """Each value and how often it occurs, the frequent first, then by name."""
    counts = pd.Series(list(values), dtype="object").value_counts()
    return sorted(((str(value), int(count)) for value, count in counts.items()), key=lambda item: (-item[1], item[0]))
