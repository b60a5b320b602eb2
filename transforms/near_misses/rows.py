"""Reading a table for a detector: the columns it needs are there, each record once, in an order that arrival does not change."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pandas as pd

from transforms.near_misses.hits import Tables

IDENTITY = ["source", "native_id"]
_WORDS, _LONGEST = 5, 40  # words that are shown, and letters of each


def rows(tables: Tables, table: str, columns: Sequence[str], at: str) -> pd.DataFrame:
    """The table with identity, service and these columns (missing ones null), without repeats, ordered by `at` and identity."""
    wanted = [*IDENTITY, "service", *columns]
    given = tables.get(table, pd.DataFrame())
    frame = given.reset_index(drop=True).reindex(columns=wanted).astype({name: object for name in wanted if name not in given})
    frame = frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), "") for name in ("source", "service")})
    keys = frame[[at, *IDENTITY]].dropna().drop_duplicates(IDENTITY, keep="last")
    keys = keys.assign(**{at: pd.to_datetime(keys[at], utc=True)}).sort_values([at, "native_id", "source"])
    return frame.loc[keys.index].assign(**{at: keys[at]}).reset_index(drop=True)


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


def unknown_words(tables: Tables, table: str, column: str, known_words: Collection[str]) -> dict[str, str]:
    """Source -> which words it has in the column that mean nothing here, and in how many rows. An empty cell is no word."""
    found = tables.get(table, pd.DataFrame()).reindex(columns=["source", column]).dropna()
    odd = found[~plain(found[column]).isin(known_words)]
    return {
        str(source): f"{len(rows)} {table} whose {column} is none we know: {', '.join(repr(word[:_LONGEST]) for word in sorted(set(rows))[:_WORDS])}"
        for source, rows in odd[column].astype("str").groupby(odd["source"])
    }


def missing(tables: Tables, table: str, columns: Sequence[str]) -> dict[str, str]:
    """Why a detector cannot run: source -> reason. The source is `*` where the table itself is absent or empty."""
    frame = tables.get(table)
    if frame is None or frame.empty:
        return {"*": f"no {table.replace('_', ' ')}"}
    found = frame.reindex(columns=["source", *columns])
    given = found.drop(columns="source").notna().groupby(found["source"].fillna("")).any()
    return {str(source): f"no {', '.join(given.columns[~row])}" for source, row in zip(given.index, given.to_numpy(), strict=True) if not row.all()}
