"""Which commit undoes which: each undoing commit resolved to what it undoes, oldest first, so that what is undone already is known."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import pandas as pd

from transforms.near_misses.history import History
from transforms.near_misses.references import LOOKS_UNDOING, Named, branch_number, is_revert_title, named

WINDOW_OF_A_MERGE = timedelta(days=7)  # how long before the merge of a revert branch its own commits lie


class Undoing(NamedTuple):
    """Positions of the commit that undoes and of what it undoes; `method`: sha, pr, diff, title. `is_first`: what it undoes undid nothing itself."""

    place: int
    target: int
    method: str
    is_first: bool


def undoings(history: History, pulls: Mapping[str, str]) -> Iterator[Undoing]:
    """Every resolved undoing; `pulls` gives what the pull request a commit (sha) landed with says it undoes."""
    inverted = inversions(history.commits)
    branches = revert_branches(history)
    undone_by: dict[int, int] = {}
    undoes: dict[int, list[int]] = {}
    for place in candidates(history, inverted, pulls):
        message = named(history.titles[place], "\n".join((history.bodies[place], pulls.get(str(history.commits["sha"].iat[place]), ""))))
        targets, method = _resolved(history, place, message, inverted, branches, undone_by)
        for target in targets:
            is_first = not (message.is_again or target in undoes or any(map(is_revert_title, (history.titles[target], message.title or ""))))
            undone_by[target] = place
            undoes.setdefault(place, []).append(target)
            for again in undoes.get(target, ()):
                undone_by.pop(again, None)
            yield Undoing(place, target, method, is_first)


def inversions(commits: pd.DataFrame) -> dict[int, int]:
    """Commits whose change is the exact opposite of an earlier one: position -> the latest such earlier position."""
    if commits["change_id"].isna().all():
        return {}
    places = commits.assign(place=range(len(commits)))
    did = places.dropna(subset=["change_id"])[["place", "change_id"]].rename(columns={"change_id": "id"})
    could = places.dropna(subset=["undo_id"])[["place", "undo_id"]].rename(columns={"place": "target", "undo_id": "id"})
    pairs = pd.merge_asof(did, could, left_on="place", right_on="target", by="id", allow_exact_matches=False).dropna(subset="target")
    return dict(zip(pairs["place"].tolist(), pairs["target"].astype("int64").tolist(), strict=True))


def revert_branches(history: History) -> dict[str, list[int]]:
    """Merges of branches `revert-<n>-…`, by the title of the pull request (the first line of the merge's body)."""
    return {title: [place for place in places if branch_number(history.titles[place])] for title, places in history.by_pull_title.items() if title}


def candidates(history: History, inverted: Mapping[int, int], pulls: Mapping[str, str]) -> list[int]:
    """Positions of commits that may undo another: their words or their diff say so. Cherry-picks of another commit are the same undoing again."""
    words = pd.Series([f"{title}\n{body}" for title, body in zip(history.titles, history.bodies, strict=True)], dtype=object)
    says = words.str.contains(LOOKS_UNDOING, case=False, regex=True) & ~words.str.contains("(cherry picked from commit", regex=False)
    merged = history.commits["sha"].reset_index(drop=True).isin(list(pulls))
    return sorted({*says[says | merged].index, *inverted})


def _resolved(
    history: History, place: int, message: Named, inverted: Mapping[int, int], branches: Mapping[str, list[int]], undone_by: Mapping[int, int]
) -> tuple[list[int], str]:
    if history.is_merge[place]:
        return (_of_revert_branch(history, place), "pr") if _stands_alone(history, place) else ([], "")
    ways: tuple[tuple[str, Callable[[], list[int]]], ...] = (
        ("sha", lambda: [target for sha in message.shas for target in history.with_sha(sha, place)]),
        ("pr", lambda: [target for repo, number in message.numbers if _is_same(repo, history.repo) for target in history.with_number(number, place)]),
        ("diff", lambda: [inverted[place]] if place in inverted else []),
        ("title", lambda: _titled(history, place, message, undone_by)),
        (
            "pr",
            lambda: [target for merge in branches.get(" ".join(history.titles[place].split()), ()) for target in _of_revert_branch(history, merge)],
        ),
    )
    return next(((targets, method) for method, way in ways if (targets := way())), ([], ""))


def _titled(history: History, place: int, message: Named, undone_by: Mapping[int, int]) -> list[int]:
    """The latest commit of the title that is still in force; of a reapplied title, its revert."""
    if not message.title or " " not in message.title:
        return []
    wanted = f'Revert "{message.title}"' if message.is_again else message.title
    fits = history.with_title(wanted, place, history.at[place] - WINDOW_OF_A_MERGE)
    return [target for target in fits if target not in undone_by][-1:]


def _of_revert_branch(history: History, merge: int) -> list[int]:
    number = branch_number(history.titles[merge])
    return history.with_number(number, merge) if number else []


def _stands_alone(history: History, merge: int) -> bool:
    """Whether the undoing commit itself is not in the history, so that its merge has to stand for it."""
    for place in range(merge - 1, -1, -1):
        if history.at[merge] - history.at[place] > WINDOW_OF_A_MERGE:
            return True
        if not history.is_merge[place] and is_revert_title(history.titles[place]):
            return False
    return True


def _is_same(named_repo: str | None, repo: str) -> bool:
    """Whether a reference written as owner/name means this repository; it may be stored under the name alone."""
    return named_repo is None or named_repo.rpartition("/")[2].lower() in repo.lower()
