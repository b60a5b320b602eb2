"""Which commit undoes which: each undoing commit resolved to what it undoes, oldest first, so that what is undone already is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import pandas as pd

from transforms.events.history import History
from transforms.events.messages import LOOKS_UNDOING, Named, branch_number, is_revert_title, named

_BRANCH_LIFE = timedelta(days=7)  # how long before the merge of a revert branch its own commits, or a title cut off with "…", are looked for


class Undoing(NamedTuple):
    """Positions of the commit that undoes and of what it undoes; `method`: sha, pr, diff, title. `is_first`: what it undoes undid nothing itself."""

    place: int
    target: int
    method: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Search:
    """The ways from a message to what it undoes, surest first; `undone_by` is what is known so far."""

    history: History
    inverted: Mapping[int, int]
    revert_branches: Mapping[str, list[int]]
    undone_by: dict[int, int] = field(default_factory=dict)

    def targets(self, place: int, message: Named) -> tuple[list[int], str]:
        """What the commit undoes and the method that says so; nothing where no way leads to a commit of this history."""
        if self.history.is_merge[place]:
            return (self._of_branch(place, place) if self._stands_alone(place) else []), "pr"
        for method, way in (("sha", self._ids), ("pr", self._pulls), ("diff", self._diff), ("title", self._title), ("pr", self._branch)):
            found = way(place, message)
            if found:
                return found, method
        return [], ""

    def _ids(self, place: int, message: Named) -> list[int]:
        return [target for sha in message.shas for target in self.history.with_sha(sha, place)]

    def _pulls(self, place: int, message: Named) -> list[int]:
        numbers = (number for repo, number in message.numbers if _is_same(repo, self.history.repo))
        return [target for number in numbers for target in self.history.with_number(number, place)]

    def _diff(self, place: int, _: Named) -> list[int]:
        return [self.inverted[place]] if place in self.inverted else []

    def _title(self, place: int, message: Named) -> list[int]:
        """The latest commit of the title that is still in force; of a reapplied title, its revert. One word is no title."""
        if not message.title or " " not in message.title:
            return []
        wanted = f'Revert "{message.title}"' if message.is_again else message.title
        fits = self.history.with_title(wanted, place, self.history.times[place] - _BRANCH_LIFE)
        brought = (self.history.brought_by(target, place) for target in fits)
        return [target for target in brought if target not in self.undone_by][-1:]

    def _branch(self, place: int, _: Named) -> list[int]:
        """What the branch `revert-<n>-…` undoes whose pull request has this commit's title."""
        merges = self.revert_branches.get(" ".join(self.history.titles[place].split()), ())
        return [target for merge in merges for target in self._of_branch(merge, place)]

    def _of_branch(self, merge: int, place: int) -> list[int]:
        number = branch_number(self.history.titles[merge])
        landed = self.history.with_number(number, merge) if number else []
        return [self.history.brought_by(target, place) for target in landed if self.history.times[target] <= self.history.times[place]]

    def _stands_alone(self, merge: int) -> bool:
        """Whether the undoing commit itself is not in the history, so that its merge has to stand for it."""
        for place in range(merge - 1, -1, -1):
            if self.history.times[merge] - self.history.times[place] > _BRANCH_LIFE:
                return True
            if not self.history.is_merge[place] and is_revert_title(self.history.titles[place]):
                return False
        return True


def undoings(history: History, pulls: Mapping[str, str]) -> Iterator[Undoing]:
    """Every resolved undoing; `pulls` gives what the pull request a commit (sha) landed with says it undoes."""
    search = Search(history, inversions(history.commits), revert_branches(history))
    undoes: dict[int, list[int]] = {}
    for place in candidates(history, search.inverted, pulls):
        message = named(history.titles[place], "\n".join((history.bodies[place], pulls.get(history.sha(place), ""))))
        targets, method = search.targets(place, message)
        for target in targets:
            is_again = message.is_again or target in undoes or any(map(is_revert_title, (history.titles[target], message.title or "")))
            yield Undoing(place, target, method, not is_again)
            search.undone_by[target] = place
            undoes.setdefault(place, []).append(target)
            for back_in_force in undoes.get(target, ()):
                search.undone_by.pop(back_in_force, None)


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


def _is_same(named_repo: str | None, repo: str) -> bool:
    """Whether a reference written as owner/name means this repository; it may be stored under the name alone, or as owner-name."""
    if named_repo is None:
        return True
    return repo.lower() in {named_repo.lower(), named_repo.rpartition("/")[2].lower(), named_repo.replace("/", "-").lower()}
