"""Runs of Actions workflows that deploy: every attempt of each is a deploy of its own, with its own times.

GitHub lists a run by when it was made, in its last attempt, and says when it was last touched, not when it ended. What the list does not tell is
asked for only where it may matter: earlier attempts of a run that has some, and the jobs of an attempt whose last touch cannot be its end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from connectors.errors import Refused, TooMany
from connectors.github.commits import is_bot, login_of
from connectors.http import Api
from connectors.paging import LINK, Page, at, windowed
from connectors.parse import any_instant, instant, maybe_instant, our_word, parsed
from signals.pulled import Unfit
from signals.records import Deploy
from signals.windows import Window

Run = dict[str, Any]
Deploys = Iterator[Deploy | Unfit]

_CONCLUSION = {
    "success": "success",
    "neutral": "success",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "cancelled": "cancelled",
    "stale": "cancelled",
}
_NOTHING_RAN = frozenset({"skipped", "action_required"})  # the second waits for somebody's approval
_NOT_BEGUN = frozenset({"queued", "requested", "waiting", "pending"})
# A run can be started again for 30 days, and wait or run for 35 (docs.github.com, Actions limits).
_LAG = timedelta(days=35)
_RECENT = timedelta(days=3)
LOOK_BACK = timedelta(days=3)  # of the source: what is new in a pull is the window without it
_MOST_ATTEMPTS = 51  # a run can be started again 50 times
_CAP = 1000
# What touches a run after its end (a warning, logs that are deleted, another attempt) mostly comes later; deploys that take longer are few.
_BELIEVED = timedelta(hours=1)
_GONE = frozenset({404, 410})


def run_of(item: Run, repository: str, workflows: Mapping[str, str], ended_at: str | None) -> Deploy:
    """One attempt of a workflow run that deploys. Times are the attempt's own: `created_at` stays where the first attempt was.

    It last changed when it ended. What touches it while it goes on changes nothing that is told, and may come later than its last job's end.
    """
    environment = _environment(item["path"] if item["name"] is None else item["name"], workflows)
    conclusion, attempt = item["conclusion"], item.get("run_attempt", 1)
    if environment is None:
        message = f"the run has no name, and its file {item['path']!r:.80} is none of `workflows`: write it there if it deploys"
        raise ValueError(message)
    status = "running" if conclusion is None else our_word(_CONCLUSION, conclusion)
    finished_at = None if status == "running" else maybe_instant(ended_at or item.get("updated_at"))
    started_at = maybe_instant(item.get("run_started_at")) or instant(item["created_at"])
    actor = item.get("triggering_actor") or item.get("actor")
    return Deploy(
        native_id=f"{repository}/runs/{item['id']}/attempts/{attempt}",
        scope=repository,
        url=item["html_url"],
        changed_at_source=finished_at or started_at,
        environment=environment,
        version=item["head_sha"],
        commit_sha=item["head_sha"],
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        actor=login_of(actor),
        is_bot=is_bot(actor),
        title=item["display_title"],
    )


def _environment(name: str, workflows: Mapping[str, str]) -> str | None:
    return next((place for pattern, place in workflows.items() if fnmatchcase(name, pattern)), None)


def workflow_runs_in(api: Api, window: Window, repository: str, workflows: Mapping[str, str]) -> Deploys:
    """Attempts that began or ended in the window of the workflows these names or globs mean, as deploys to the environment beside each."""
    reader = _Reader(api, window, repository, workflows)
    for run in reader.listed():
        yield from filter(reader.is_wanted, reader.attempts(run))


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is read of one repository's runs."""

    api: Api
    window: Window
    repository: str
    workflows: Mapping[str, str]

    def listed(self) -> Iterable[Any]:
        """Runs that may have an attempt in the window.

        Where GitHub lists them all at one question, whenever they were made. Of a repository with more, those that were made long before come
        once a day alone, with the pull whose new time holds midnight (UTC): its look-back sees what was started again since the last one.
        """
        whole = Window(self.window.start - _LAG, self.window.end)
        try:
            return list(self.runs(whole))
        except TooMany:
            new_from = self.window.start + LOOK_BACK
            is_due = new_from >= self.window.end or new_from.date() < self.window.end.date()
            return windowed(self.runs, whole if is_due else Window(self.window.start - _RECENT, self.window.end))

    def runs(self, made: Window) -> Iterator[Any]:
        """Every run of these workflows made in this time. The API ends its list after 1,000, though it counts on: more raise TooMany."""
        # Both bounds of the API are inclusive and in whole seconds; ours end before the end, so that no run lies in two windows.
        first, last = (moment - timedelta(microseconds=1) for moment in (made.start + timedelta(seconds=1), made.end))
        bounds = f"{first:%Y-%m-%dT%H:%M:%SZ}..{last:%Y-%m-%dT%H:%M:%SZ}"

        def following(page: Page) -> str | Mapping[str, Any] | None:
            _within_cap(at(page.body, "total_count"))
            return LINK(page)

        runs = self.api.pages(*self._path(), items="workflow_runs", pager=following, size="per_page", created=bounds, per_page=100)
        for count, run in enumerate(runs, 1):
            _within_cap(count)
            name = at(run, "name")
            if not isinstance(name, str) or _environment(name, self.workflows):
                yield run

    def attempts(self, run: Any) -> Deploys:
        """The attempts of a run that may belong to the window, the last one first, the earlier ones a request each."""
        number, next_began = at(run, "run_attempt"), None
        while True:
            if _has_begun(run):
                yield from parsed("deploys", run_of, [run], self.repository, self.workflows, self._ended_at(run, next_began))
            next_began = _began(run)
            if not _has_earlier(run, number) or next_began is None or next_began < self.window.start:
                return
            number -= 1
            try:
                run = self.api.get(*self._path(), str(run["id"]), "attempts", str(number))
            except Refused as refused:
                if refused.status not in _GONE:
                    raise
                reason = f"the run says it had an attempt {number}, which cannot be read; look at the run on GitHub ({refused})"
                yield Unfit("deploys", reason, run, f"{self.repository}/runs/{run['id']}/attempts/{number}")
                return

    def is_wanted(self, deploy: Deploy | Unfit) -> bool:
        """Whether it began or ended in the window: so one that took long is corrected by the pull after its end."""
        if isinstance(deploy, Unfit) or deploy.started_at in self.window:
            return True
        return deploy.started_at < self.window.start and deploy.finished_at is not None and deploy.finished_at in self.window

    def _ended_at(self, run: Any, next_began: datetime | None) -> str | None:
        """When the last job of an attempt ended, as GitHub writes it; None where its last touch is taken for its end.

        Its jobs are asked for where it may belong to the window and was touched long after it began, or after the next attempt did, or where
        nobody says when.
        """
        began, touched = _began(run), any_instant(at(run, "updated_at"))
        if not (began and at(run, "conclusion")):
            return None
        if touched and (touched < self.window.start or (touched <= began + _BELIEVED and (next_began is None or touched < next_began))):
            return None
        asked = self.api.pages(*self._path(), str(at(run, "id")), "jobs", items="jobs", size="per_page", filter="all", per_page=100)
        try:
            jobs = [job for job in asked if at(job, "run_attempt") in (None, at(run, "run_attempt")) and any_instant(at(job, "completed_at"))]
        except Refused as refused:
            if refused.status not in _GONE:
                raise
            jobs = []
        return max((job["completed_at"] for job in jobs), key=instant, default=None)

    def _path(self) -> tuple[str, ...]:
        return ("repos", *self.repository.split("/"), "actions", "runs")


def _within_cap(count: Any) -> None:
    if isinstance(count, int) and count >= _CAP:
        raise TooMany(f"GitHub lists no more than {_CAP} workflow runs of one question")


def _has_begun(run: Any) -> bool:
    """Whether anything of an attempt ran, or may still run: a skipped one deployed nothing, one that waits has not yet."""
    conclusion = at(run, "conclusion")
    return conclusion not in _NOTHING_RAN if isinstance(conclusion, str) else str(at(run, "status")) not in _NOT_BEGUN


def _has_earlier(run: Any, number: Any) -> bool:
    return type(at(run, "id")) is int and type(number) is int and 1 < number <= _MOST_ATTEMPTS


def _began(run: Any) -> datetime | None:
    return any_instant(at(run, "run_started_at")) or any_instant(at(run, "created_at"))
