"""Commits, and when each reached the branch: what was written before counts from its merge (docs/definitions.md, near misses)."""

import pandas as pd

from transforms.events.messages import bare, is_merge_title, own_number
from transforms.events.rows import Tables, rows

BRANCH_LIFE = pd.Timedelta(days=30)  # how long before a merge that only tells its title the commit it brought is looked for
AT_ONCE = pd.Timedelta(minutes=10)  # a merge this soon after is the same moment on two clocks
_COLUMNS = ("repo", "sha", "author", "is_bot", "is_merge", "committed_at", "title", "body", "pr_ref", "paths", "change_id", "undo_id", "url")


def commits(tables: Tables) -> pd.DataFrame:
    """Each commit once, in the order in which they reached the branch; `landed_at`: when, by a merge or the request it came with."""
    found = rows(tables, "commits", _COLUMNS, "committed_at")
    return found.assign(landed_at=_landed(found, tables)).sort_values(["landed_at", "committed_at", "native_id", "source"], ignore_index=True)


def _landed(found: pd.DataFrame, tables: Tables) -> pd.Series:
    """The first merge from then on that names its request, or when that was merged, or a merge that tells its title; else its own time."""
    titles = found["title"].astype("object").where(found["title"].notna(), "")
    is_merge = found["is_merge"].astype("boolean").fillna(value=False) | titles.map(is_merge_title).astype("boolean")
    merges = found[is_merge].assign(number=titles[is_merge].map(own_number))
    merges = merges.assign(told=[bare(str(body).lstrip().partition("\n")[0]) for body in merges["body"].fillna("")])
    written = found[~is_merge].assign(told=titles[~is_merge].map(bare), number=_number(found.loc[~is_merge, "pr_ref"]))
    merged = rows(tables, "pull_requests", ("repo", "number", "merged_at"), "merged_at").rename(columns={"merged_at": "committed_at"})
    ways = [_first(written, merges, "number"), _first(written, merged, "number"), _first(written, merges, "told", BRANCH_LIFE)]
    at = found["committed_at"]
    for later in reversed(ways):
        at = later.reindex(found.index).fillna(at)
    return at.where(at - found["committed_at"] > AT_ONCE, found["committed_at"])


def _number(references: pd.Series) -> pd.Series:
    return references.astype("object").map(lambda reference: str(reference).rpartition("#")[2], na_action="ignore")


def _first(written: pd.DataFrame, merges: pd.DataFrame, by: str, within: pd.Timedelta | None = None) -> pd.Series:
    """For each commit (by its index) the time of the first of these in its repository, not before it, that has the same in this column."""
    left, right = (frame.assign(**{by: frame[by].astype("object")}).dropna(subset=[by, "repo"]) for frame in (written, merges))
    left, right = left[left[by] != ""], right[right[by] != ""]
    if left.empty or right.empty:
        return pd.Series(dtype="datetime64[us, UTC]")
    keys = {name: right[name].astype("str") for name in ("repo", by)}
    right = right.assign(**keys, at=right["committed_at"].astype("datetime64[us, UTC]")).sort_values("at")[["repo", by, "at"]]
    left = left.assign(**{name: left[name].astype("str") for name in ("repo", by)}, on=left["committed_at"].astype("datetime64[us, UTC]"))
    left = left.sort_values("on")
    found = pd.merge_asof(left[["repo", by, "on"]], right, left_on="on", right_on="at", by=["repo", by], direction="forward", tolerance=within)
    return found["at"].set_axis(left.index).dropna()
