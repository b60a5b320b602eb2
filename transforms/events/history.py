"""One repository's commits in order, looked up by id, pull-request number and title."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import pandas as pd

from transforms.events.messages import bare, is_merge_title, own_number, subject
from transforms.events.rows import known, names

_BRANCH_LIFE = timedelta(days=14)  # how long before a merge the commit it brought in is looked for
_CUT = 20  # characters a title cut off with "…" must have before it can name another


@dataclass(frozen=True, slots=True)
class History:
    """Positions count the commits from the oldest; every look-up answers with positions."""

    repo: str
    commits: pd.DataFrame
    times: list[datetime]
    titles: list[str]
    bodies: list[str]
    is_merge: list[bool]
    shas: list[tuple[str, int]]
    numbers: dict[str, list[int]] = field(default_factory=dict)
    pull_numbers: dict[str, list[int]] = field(default_factory=dict)
    by_title: dict[str, list[int]] = field(default_factory=dict)
    by_pull_title: dict[str, list[int]] = field(default_factory=dict)
    by_subject: dict[str, list[int]] = field(default_factory=dict)  # of titles with something before it: `feat(api):`, a ticket

    @classmethod
    def of(cls, repo: str, commits: pd.DataFrame) -> Self:
        """The history of a repository from its commits, which are in order."""
        titles, bodies = (commits[name].astype(object).where(commits[name].notna(), "").tolist() for name in ("title", "body"))
        is_merge = [bool(known(flag)) or is_merge_title(title) for flag, title in zip(commits["is_merge"], titles, strict=True)]
        shas = sorted((str(sha).lower(), place) for place, sha in enumerate(commits["sha"]))
        history = cls(repo, commits, commits["landed_at"].tolist(), titles, bodies, is_merge, shas)
        for place, (title, reference) in enumerate(zip(titles, commits["pr_ref"].astype(object), strict=True)):
            history._remember(place, title, known(reference))
        return history

    def _remember(self, place: int, title: str, reference: Any) -> None:
        number = own_number(title)
        if number:
            self.numbers.setdefault(number, []).append(place)
        elif reference:
            self.pull_numbers.setdefault(str(reference).rpartition("#")[2], []).append(place)
        if self.is_merge[place]:
            first_line = self.bodies[place].lstrip().partition("\n")[0]
            self.by_pull_title.setdefault(bare(first_line), []).append(place)
        else:
            self.by_title.setdefault(bare(title), []).append(place)
            if (plain := subject(title)) != bare(title):
                self.by_subject.setdefault(plain, []).append(place)

    def sha(self, place: int) -> str:
        """The full id of the commit there."""
        return str(self.commits["sha"].iloc[place])

    def earlier(self, places: Iterable[int], than: int) -> list[int]:
        """Those of the places that are not later than the other commit, nor that commit itself."""
        return [place for place in places if place != than and self.times[place] <= self.times[than]]

    def with_sha(self, sha: str, than: int) -> list[int]:
        """The earlier commit of that full or short id, none where the id is unknown or fits several."""
        start = bisect_left(self.shas, (sha, -1))
        fits = [place for known_sha, place in self.shas[start : start + 2] if known_sha.startswith(sha)]
        return self.earlier(fits, than) if len(fits) == 1 else []

    def with_number(self, number: str, than: int) -> list[int]:
        """The earlier commit with which that pull request landed; the last one where it landed as several."""
        landed = self.earlier(self.numbers.get(number, ()), than) or self.earlier(self.pull_numbers.get(number, ()), than)
        return landed[-1:]

    def brought_by(self, merge: int, undoing: int) -> int:
        """What a merge brought in that the other commit undid: the last commit before it with just the same paths; else itself."""
        if not self.is_merge[merge]:
            return merge
        paths = names(self.commits["paths"].iloc[undoing])
        for place in range(merge - 1, -1, -1) if paths else ():
            if self.times[merge] - self.times[place] > _BRANCH_LIFE:
                break
            if not self.is_merge[place] and names(self.commits["paths"].iloc[place]) == paths:
                return place
        return merge

    def with_title(self, title: str, than: int, since: datetime) -> list[int]:
        """Earlier commits of that title, oldest first, else merges of a pull request of that title, else those whose title has something before it.

        A title cut off with "…" fits by its start.
        """
        cut = title.rstrip(".…")
        if title.endswith(("…", "...")) and len(cut) >= _CUT:
            start = bisect_left(self.times, since)
            return self.earlier((place for place in range(start, than) if not self.is_merge[place] and self.titles[place].startswith(cut)), than)
        ways = (self.by_title.get(title), self.by_pull_title.get(title), self.by_subject.get(title))
        return next((fits for places in ways if places and (fits := self.earlier(places, than))), [])
