"""Declared incidents: which are real, how severe they were, and which time they cover (docs/definitions.md, near misses)."""

import pandas as pd

from transforms.events.rows import Tables, plain, rows
from transforms.policy import Policy

SEVERE_RANK = 2  # SEV2 or higher
SEVERE_STAKES, OTHER_STAKES = 5, 4  # also of one whose severity nothing maps
WORDS = ("severity_max", "severity_final", "severity_initial")
_COLUMNS = (*WORDS, "kind", "declared_at", "resolved_at", "title", "url")


def incidents(tables: Tables, policy: Policy) -> pd.DataFrame:
    """Each incident once, by declared_at.

    source, native_id, service, kind, title, url, declared_at, resolved_at (NaT: nobody closed it); `rank`: 1 the most severe, of the
    most severe word on record, missing where the policy maps none of them; `is_severe`: SEV2 or higher; `stakes`: 5 or 4; `is_real`:
    no test, rehearsal or maintenance; `until`: resolved_at, else `group_max_hours` after it was declared.
    """
    found = rows(tables, "incidents", _COLUMNS, "declared_at")
    kind, resolved = found["kind"].where(found["kind"].notna(), "real").astype("object"), pd.to_datetime(found["resolved_at"], utc=True)
    rank = ranks(found, policy)
    return found.assign(
        kind=kind,
        rank=rank,
        is_severe=(rank <= SEVERE_RANK).fillna(value=False).astype(bool),
        stakes=(rank <= SEVERE_RANK).fillna(value=False).map({True: SEVERE_STAKES, False: OTHER_STAKES}).astype("int64"),
        is_real=plain(kind).eq("real"),
        resolved_at=resolved,
        until=resolved.fillna(found["declared_at"] + pd.Timedelta(hours=policy.group_max_hours)),
    )


def ranks(found: pd.DataFrame, policy: Policy) -> pd.Series:
    """The lowest rank of the words of each row that the policy maps."""
    known = {word.strip().casefold(): rank for word, rank in policy.severity.items()}
    return pd.DataFrame({name: plain(found[name]).map(known) for name in WORDS}).min(axis="columns").astype("Float64").round().astype("Int64")
