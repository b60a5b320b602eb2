"""NM-02, revert of a merged commit: a commit that a later one undoes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from transforms.events import Events, Tables
from transforms.events.history import History
from transforms.events.reading import reading, reason
from transforms.events.rows import known, names, rows
from transforms.events.undoing import Undoing, undoings
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import DAY, HOUR, ONE_RUN, Hit, digest, faded, is_one_run
from transforms.near_misses.questions import PUT_BACK
from transforms.words.foreign_names import tame

CODE = "NM-02"

REVERT = ((4, 0.55), (24, 0.50), (float("inf"), 0.30))  # hours until undone -> how sure
TITLE_ONLY, DEPLOYED, CAUGHT_BEFORE = -0.15, 0.15, -0.20

WasDeployed = Callable[[str, datetime, datetime], bool | None]

_PULLS = ("opened_at", "merge_sha", "branch")


def reverts(events: Events) -> Iterator[Hit]:
    """A commit that undoes an earlier one within `revert_window_days`; undoing an undoing is no event.

    Where only the diff says so and the configuration in it was read key by key, the values tell it better (NM-03).
    """
    commits = events.commits
    was_deployed = release_check(events, commits)
    pulls = pull_texts(events.tables)
    told_by_key = read_by_key(events.tables)
    for repo, places in commits.groupby(commits["repo"].fillna("")).indices.items():  # one repository's rows at a time: iterating copies all
        history = History.of(str(repo), commits.iloc[places].reset_index(drop=True))
        for undoing in undoings(history, pulls):
            dwell = (history.times[undoing.place] - history.times[undoing.target]).total_seconds()
            is_told = undoing.method == "diff" and history.commits["native_id"].iloc[undoing.target] in told_by_key
            if undoing.is_first and dwell <= events.policy.revert_window_days * DAY and not is_told:
                yield _hit(history, undoing, dwell, was_deployed)


def read_by_key(tables: Tables) -> frozenset[str]:
    """The commits whose configuration changes are known one by one (their ids are `repo@sha:path#key`)."""
    changes = rows(tables, "config_changes", ("applied_at",), "applied_at")["native_id"].astype("str")
    return frozenset(changes.str.extract(r"^(.*?@[0-9a-f]{40,64}):", expand=False).dropna())


def pull_texts(tables: Tables) -> dict[str, str]:
    """What merged pull requests of revert branches say, by the sha they landed with."""
    pulls = rows(tables, "pull_requests", _PULLS, "opened_at")
    pulls = pulls[pulls["merge_sha"].notna() & pulls["branch"].astype("str").str.contains(r"^revert-\d+-", regex=True, na=False)]
    numbers = pulls["branch"].astype("str").str.extract(r"^revert-(\d+)-", expand=False)
    return {sha: f"Reverts #{number}" for sha, number in zip(pulls["merge_sha"], numbers, strict=True)}


def release_check(events: Events, commits: pd.DataFrame) -> WasDeployed:
    """Answers whether a commit of a service had reached production before an instant; None where its deploys name no known commit."""
    committed = commits.drop_duplicates("sha").set_index("sha")["landed_at"]
    deploys = events.live_deploys.dropna(subset=["commit_sha"])
    if deploys.empty:
        return lambda *_: None
    deploys = deploys.assign(newest=deploys["commit_sha"].map(committed)).dropna(subset=["newest"]).sort_values("live_at")
    known_deploys = {
        service: (group["live_at"].to_numpy("datetime64[us]"), group["newest"].cummax().to_numpy("datetime64[us]"))
        for service, group in deploys.groupby("service")
    }

    def was_deployed(service: str, committed_at: datetime, until: datetime) -> bool | None:
        live, newest = known_deploys.get(service, (np.array([]), np.array([])))
        before = int(np.searchsorted(live, pd.Timestamp(until).to_datetime64())) if len(live) else 0
        return bool(newest[before - 1] >= pd.Timestamp(committed_at).to_datetime64()) if before else None

    return was_deployed


def _hit(history: History, undoing: Undoing, dwell: float, was_deployed: WasDeployed) -> Hit:
    undone, back = (history.commits.iloc[place].to_dict() for place in (undoing.target, undoing.place))
    said, title = reason(history.bodies[undoing.place]), history.titles[undoing.target]
    read = reading(said, title)
    is_deployed = was_deployed(back["service"], undone["landed_at"], back["landed_at"])
    is_bots = is_one_run(undone["author"], undone["is_bot"], back["author"], back["is_bot"], dwell)
    return Hit(
        detector=CODE,
        family="change",
        service=back["service"],
        trigger_source=undone["source"],
        trigger_id=undone["native_id"],
        recovery_source=back["source"],
        recovery_id=back["native_id"],
        started_at=undone["landed_at"],
        ended_at=back["landed_at"],
        confidence=faded(_likelihood(dwell, undoing.method, is_deployed), read),
        stakes=3 if is_deployed else 1,
        reading="process" if is_bots else read,
        evidence={
            "method": undoing.method,
            "undone": str(undone["sha"]),
            "undone_by": str(back["sha"]),
            "title": title,
            "place": _place(undone),
            "reason": said,
            "minutes": round(dwell / 60, 1),
            "is_deployed": is_deployed,
            "urls": [url for url in (known(undone["url"]), known(back["url"])) if url],
        },
        change_id=str(undone["sha"]),
        aside=ONE_RUN if is_bots else None,
    )


def _likelihood(dwell: float, method: str, is_deployed: bool | None) -> float:
    likelihood = next(c for hours, c in REVERT if dwell <= hours * HOUR)
    deployed = {True: DEPLOYED, False: CAUGHT_BEFORE, None: 0.0}[is_deployed]
    return likelihood + deployed + (TITLE_ONLY if method == "title" else 0.0)


def _place(undone: Mapping[Any, Any]) -> str:
    """Where it was: the files of the commit; where nobody tells them, it is a place of its own."""
    paths = names(undone["paths"])
    return digest(*paths) if paths else str(undone["sha"])


def _fact(seen: Mapping[str, Any], took: str) -> str:
    sha = tame(seen.get("undone"), "")
    return f"{f'commit {sha}' if sha else 'a commit'} was undone after {took}"


DETECTOR = Detector(
    code=CODE,
    hits=reverts,
    needs=(("commits", ("sha", "committed_at", "title")),),
    name="revert of a merged commit",
    rule="a merged commit was undone within days",
    why="A commit was undone soon after.",
    fact=_fact,
    shown={
        "undone": "undone commit",
        "undone_by": "undone by commit",
        "title": "title",
        "reason": "reason given",
        "is_deployed": "had reached production",
    },
    named_by="undone",
    questions=PUT_BACK,
)
