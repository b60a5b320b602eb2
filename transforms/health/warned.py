"""Warnings of the checks, an expectation a line: how often it did not hold, and what was found the last time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One expectation of one source that did not hold. `detail` is foreign text: what was found in the last pull of `pulls`."""

    source: str
    table: str
    expectation: str
    detail: str
    pulls: int
    since: datetime
    last_at: datetime


def warned(checks: pd.DataFrame, pulls: pd.DataFrame) -> Iterator[Warned]:
    """The latest first. `pulls` says which source each was of."""
    warnings = checks[checks["severity"] == "warning"].merge(pulls[["id", "source"]], left_on="pull_id", right_on="id")
    found = []
    for group, rows in warnings.sort_values("pull_id").groupby(["source", "table", "expectation"], sort=True):
        source, table, expectation = map(str, group)
        found.append(
            Warned(
                source=source,
                table=table,
                expectation=expectation,
                detail=rows["detail"].iloc[-1],
                pulls=len(rows),
                since=rows["checked_at"].min().to_pydatetime(),
                last_at=rows["checked_at"].max().to_pydatetime(),
            )
        )
    yield from sorted(found, key=lambda one: one.last_at, reverse=True)
