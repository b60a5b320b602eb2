"""Why a detector cannot look at a source: a column it needs is missing, or a word means nothing here."""

from collections.abc import Collection, Sequence

import pandas as pd

from transforms.events import Events
from transforms.events.rows import Tables, plain
from transforms.near_misses.detector import Detector

_WORDS, _LONGEST = 5, 40  # words that are shown, and letters of each


def not_runnable(detector: Detector, events: Events) -> dict[str, str]:
    """Source (`*`: all) -> what it lacks for the detector, or what of it cannot be told."""
    odd = unknown_words(events.tables, *detector.vocabulary) if detector.vocabulary else {}
    lacks = {source: why for table, needs in detector.needs for source, why in missing(events.tables, table, needs).items()}
    return odd | lacks | (detector.untold(events) if detector.untold else {})


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
