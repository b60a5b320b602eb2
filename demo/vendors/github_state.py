"""What a made-up GitHub knows: repositories and what happens in them, told by a story or a test with plain values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

from demo.vendors import github_records as records
from demo.vendors.github_records import Json, moment


@dataclass(slots=True)
class Repository:
    """One repository; lists grow at the end. `commits` is the default branch, oldest first; `pushed` has also what a rewritten branch left."""

    name: str
    branch: str = "main"
    pushed_at: datetime | None = None
    commits: list[Json] = field(default_factory=list)
    pushed: list[Json] = field(default_factory=list)
    pulls: dict[int, Json] = field(default_factory=dict)
    deployments: dict[int, Json] = field(default_factory=dict)
    releases: list[Json] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    attempts: dict[int, list[Json]] = field(default_factory=dict)
    jobs: dict[int, list[Json]] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    events: dict[int, list[Json]] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)

    def reached(self, sha: str) -> set[str]:
        """A commit and everything before it."""
        parents = {commit["sha"]: [parent["sha"] for parent in commit["parents"]] for commit in self.pushed}
        found: set[str] = set()
        following = [sha]
        while following:
            here = following.pop()
            if here in parents and here not in found:
                found.add(here)
                following += parents[here]
        return found

    def next_number(self) -> int:
        """Issues and pull requests count together, as at GitHub."""
        return max([0, *self.issues, *self.pulls]) + 1


@dataclass(slots=True)
class State:
    """Everything the server knows. `refused` gives a repository's status (403, 404, 451), `renamed` its new name, `now` the clock of writes.

    `heavy` gives how many items of a repository the server can work out at once, where that is few.
    """

    token: str = "ghs_made_up"  # noqa: S105
    login: str = "soundings[bot]"
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    repositories: dict[str, Repository] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    heavy: dict[str, int] = field(default_factory=dict)

    def add_repository(self, name: str) -> Repository:
        """The repository of this `owner/name`, made when it is new."""
        return self.repositories.setdefault(name, Repository(name))

    def add_commit(
        self,
        repo: str,
        message: str,
        at: datetime,
        *,
        login: str | None = "ada",
        email: str = "ada@example.com",
        sha: str | None = None,
        authored_at: datetime | None = None,
        pushed_at: datetime | None = None,
        parents: Sequence[str] = (),
    ) -> str:
        """A commit on top of the default branch, and its sha; `parents` are those it has beside the commit below."""
        home = self.add_repository(repo)
        sha = sha or sha1(f"{repo} {len(home.pushed)} {message}".encode(), usedforsecurity=False).hexdigest()
        above = [*(below["sha"] for below in home.commits[-1:]), *parents]
        home.commits.append(records.commit(repo, sha, message, login=login, email=email, at=at, authored_at=authored_at or at, parents=above))
        home.pushed.append(home.commits[-1])
        home.pushed_at = max(filter(None, (home.pushed_at, pushed_at or at)))
        return sha

    def force_push(self, repo: str, keep: int, at: datetime) -> None:
        """The branch goes back to its first `keep` commits."""
        home = self.repositories[repo]
        del home.commits[keep:]
        home.pushed_at = at

    def add_pull(
        self,
        repo: str,
        title: str,
        opened_at: datetime,
        *,
        login: str | None = "ada",
        updated_at: datetime | None = None,
        merged_at: datetime | None = None,
        merge_sha: str | None = None,
        reviews: Iterable[tuple[str | None, str]] = (),
        **more: Any,
    ) -> int:
        """A pull request with its reviews (login, state), and its number. `more` are GraphQL fields: headRefName, body, reviewDecision."""
        home = self.add_repository(repo)
        number = home.next_number()
        ends: Json = {"mergedAt": merged_at and moment(merged_at), "closedAt": merged_at and moment(merged_at)}
        ends["mergeCommit"] = {"oid": merge_sha} if merge_sha else None
        changed_at = updated_at or merged_at or opened_at
        home.pulls[number] = records.pull_request(repo, number, title, login=login, opened_at=opened_at, updated_at=changed_at, **ends, **more)
        home.pulls[number]["reviews"] = [{"state": state, "author": records.actor(reviewer)} for reviewer, state in reviews]
        return number

    def add_deployment(
        self,
        repo: str,
        environment: str,
        sha: str,
        at: datetime,
        statuses: Iterable[tuple[str, datetime]] = (),
        *,
        login: str = "ada",
        tag: str | None = None,
    ) -> int:
        """A deployment with its statuses (SUCCESS, FAILURE, …), and its id."""
        home = self.add_repository(repo)
        number = len(home.deployments) + 1
        home.deployments[number] = records.deployment(repo, number, environment, sha=sha, login=login, at=at, tag=tag)
        for state, told_at in statuses:
            self.add_status(repo, number, state, told_at)
        return number

    def add_status(self, repo: str, deployment: int, state: str, at: datetime) -> None:
        """Somebody reports how a deployment goes."""
        node = self.repositories[repo].deployments[deployment]
        node["statuses"].append({"state": state, "createdAt": moment(at)})
        node.update(state={"SUCCESS": "ACTIVE"}.get(state, state), updatedAt=max(node["updatedAt"], moment(at)))

    def add_release(
        self, repo: str, tag: str, sha: str, *, created_at: datetime, published_at: datetime | None, login: str = "ada", is_pre: bool = False
    ) -> Json:
        """A release; not published = a draft."""
        home = self.add_repository(repo)
        number = len(home.releases) + 1
        release = records.release(repo, number, tag, sha=sha, login=login, created_at=created_at, published_at=published_at, is_pre=is_pre)
        home.releases.append(release)
        return release

    def add_run(self, repo: str, name: str, sha: str, *, created_at: datetime, ended_at: datetime, login: str = "ada", **more: Any) -> int:
        """An Actions run that ended well, and its id. `more` are REST fields: conclusion, run_attempt, run_started_at."""
        home = self.add_repository(repo)
        number, facts = len(home.runs) + 1, {"conclusion": "success", **more}
        run = records.run(repo, number, name, sha=sha, login=login, created_at=created_at, updated_at=ended_at, **facts)
        began = run["created_at"]
        earlier = {"conclusion": "failure", "status": "completed", "run_started_at": began, "updated_at": began, "previous_attempt_url": None}
        home.attempts[number] = [{**run, **earlier, "run_attempt": attempt} for attempt in range(1, run["run_attempt"])]
        home.runs.append(run)
        self._add_job(home, run, ended_at)
        return number

    def end_run(self, repo: str, number: int, at: datetime, conclusion: str = "success") -> None:
        """The present attempt of a run ends."""
        home = self.repositories[repo]
        run = home.runs[number - 1]
        run.update(status="completed", conclusion=conclusion, updated_at=moment(at))
        self._add_job(home, run, at)

    def rerun(self, repo: str, number: int, at: datetime) -> None:
        """Somebody starts a run again: GitHub's list has the new attempt alone, and touches the one before."""
        home = self.repositories[repo]
        run = home.runs[number - 1]
        home.attempts[number].append({**run, "updated_at": moment(at)})
        before = f"{records.API}/repos/{repo}/actions/runs/{number}/attempts/{run['run_attempt']}"
        times = {"run_started_at": moment(at), "updated_at": moment(at), "previous_attempt_url": before}
        run.update(run_attempt=run["run_attempt"] + 1, status="in_progress", conclusion=None, **times)

    def _add_job(self, home: Repository, run: Json, ended_at: datetime) -> None:
        if run["conclusion"] not in {None, "skipped", "startup_failure"}:
            jobs = home.jobs.setdefault(run["id"], [])
            jobs.append(records.job(home.name, len(jobs) + 1, run, ended_at=ended_at))

    def add_label(self, repo: str, name: str) -> Json:
        """A label."""
        return self.add_repository(repo).labels.setdefault(name.lower(), records.label(repo, name))

    def add_issue(
        self, repo: str, title: str, body: str = "", *, login: str | None = None, labels: Iterable[str] = (), at: datetime | None = None
    ) -> Json:
        """An issue, by our own account unless said otherwise; unknown labels are made, as at GitHub."""
        home = self.add_repository(repo)
        number = home.next_number()
        names = [self.add_label(repo, name)["name"] for name in labels]
        home.issues[number] = records.issue(repo, number, title, body, login=login or self.login, labels=names, at=at or self.now())
        return home.issues[number]

    def add_comment(self, repo: str, number: int, login: str, body: str, *, at: datetime | None = None) -> None:
        """A comment on an issue."""
        home, written_at = self.repositories[repo], at or self.now()
        thread = home.comments.setdefault(number, [])
        thread.append(records.comment(repo, number, len(thread) + 1, login=login, body=body, at=written_at))
        home.issues[number].update(comments=len(thread), updated_at=moment(written_at))

    def do(self, repo: str, number: int, login: str, event: str, *, at: datetime | None = None) -> None:
        """What somebody does to an issue: it is labeled, assigned, closed and the like."""
        home, done_at = self.repositories[repo], at or self.now()
        done = home.events.setdefault(number, [])
        done.append(records.issue_event(repo, number, len(done) + 1, login=login, event=event, at=done_at))
        closing = {"state": "closed", "closed_at": moment(done_at), "closed_by": records.user(login)} if event == "closed" else {}
        home.issues[number].update(updated_at=moment(done_at), **closing)
