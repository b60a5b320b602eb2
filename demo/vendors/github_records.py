"""GitHub's records as its REST and GraphQL answers write them, with every field the published schemas require."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

Json = dict[str, Any]
API = "https://api.github.com"
WEB = "https://github.example"

_USER_URLS = ("avatar", "events", "followers", "following", "gists", "html", "organizations", "received_events", "repos", "starred", "subscriptions")
_REPOSITORY_URLS = """
    archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks git_commits
    git_refs git_tags hooks html issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers
    statuses subscribers subscription tags teams trees
""".split()  # noqa: SIM905 - as literals they take forty lines
_RUN_URLS = ("jobs", "logs", "check_suite", "cancel", "rerun", "artifacts", "workflow")


def moment(at: datetime) -> str:
    """GitHub's way to write an instant: UTC, whole seconds, Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def number_of(text: str) -> int:
    """A stable id for a name."""
    return int(sha1(text.encode(), usedforsecurity=False).hexdigest()[:10], 16)


def _node_id(text: str) -> str:
    return f"N_{number_of(text):x}"


def user(login: str) -> Json:
    """An account; a login that ends in [bot] is an application."""
    urls = {f"{name}_url": f"{API}/users/{login}/{name}" for name in _USER_URLS}
    kind = "Bot" if login.endswith("[bot]") else "User"
    account = {"login": login, "id": number_of(login), "node_id": _node_id(login), "gravatar_id": "", "type": kind, "site_admin": False}
    return {**urls, **account, "html_url": f"{WEB}/{login}", "url": f"{API}/users/{login}"}


def public_user(login: str, at: datetime) -> Json:
    """The account a token belongs to, as GET /user gives it."""
    unknown = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    return {**user(login), **unknown, **counts, "created_at": moment(at), "updated_at": moment(at), "user_view_type": "public"}


def actor(login: str | None) -> Json | None:
    """The same account as GraphQL writes it: an application without its [bot]."""
    if login is None:
        return None
    return {"__typename": "Bot" if login.endswith("[bot]") else "User", "login": login.removesuffix("[bot]")}


def repository(name: str) -> Json:
    """A repository in short."""
    owner, _, short = name.partition("/")
    urls = {f"{part}_url": f"{API}/repos/{name}/{part}" for part in _REPOSITORY_URLS}
    facts = {"id": number_of(name), "node_id": _node_id(name), "name": short, "full_name": name, "description": None, "fork": False, "private": True}
    return {**urls, **facts, "owner": user(owner), "html_url": f"{WEB}/{name}", "url": f"{API}/repos/{name}"}


def commit(repo: str, sha: str, message: str, *, login: str | None, email: str, at: datetime, authored_at: datetime, parents: Iterable[str]) -> Json:
    """A commit. Without a login its e-mail belongs to no account, and `author` is null."""
    url = f"{API}/repos/{repo}/commits/{sha}"
    name = login or email.partition("@")[0]
    tree = {"sha": sha[::-1], "url": f"{API}/repos/{repo}/git/trees/{sha[::-1]}"}
    git = {
        "url": f"{API}/repos/{repo}/git/commits/{sha}",
        "author": {"name": name, "email": email, "date": moment(authored_at)},
        "committer": {"name": name, "email": email, "date": moment(at)},
        "message": message,
        "tree": tree,
        "comment_count": 0,
    }
    account = user(login) if login else None
    links = {"url": url, "html_url": f"{WEB}/{repo}/commit/{sha}", "comments_url": f"{url}/comments"}
    above = [{"sha": parent, "url": f"{API}/repos/{repo}/commits/{parent}"} for parent in parents]
    return {"sha": sha, "node_id": _node_id(sha), "commit": git, "author": account, "committer": account, "parents": above, **links}


def run(repo: str, number: int, name: str, *, sha: str, login: str, created_at: datetime, updated_at: datetime, **more: Any) -> Json:
    """An Actions workflow run; `more` holds conclusion, run_attempt, run_started_at and what else differs."""
    url = f"{API}/repos/{repo}/actions/runs/{number}"
    who = {"name": login, "email": f"{login}@example.com"}
    facts = {
        "id": number,
        "node_id": _node_id(url),
        "name": name,
        "display_title": name,
        "url": url,
        "html_url": f"{WEB}/{repo}/actions/runs/{number}",
        "head_branch": "main",
        "head_sha": sha,
        "head_commit": {"id": sha, "tree_id": sha, "message": name, "timestamp": moment(created_at), "author": who, "committer": who},
        "path": ".github/workflows/deploy.yml",
        "workflow_id": number_of(name),
        "run_number": number,
        "run_attempt": 1,
        "previous_attempt_url": None,
        "event": "push",
        "pull_requests": [],
    }
    facts |= dict.fromkeys(("actor", "triggering_actor"), user(login)) | dict.fromkeys(("repository", "head_repository"), repository(repo))
    facts |= {"created_at": moment(created_at), "updated_at": moment(updated_at), "run_started_at": moment(created_at)}
    facts |= {"status": "completed" if more.get("conclusion") else "in_progress", "conclusion": None}
    return {f"{part}_url": f"{url}/{part}" for part in _RUN_URLS} | facts | more


def job(repo: str, number: int, run: Json, *, ended_at: datetime) -> Json:
    """A job of the present attempt of a run, which ended."""
    key = run["id"] * 1000 + number
    url = f"{API}/repos/{repo}/actions/jobs/{key}"
    names = {"id": key, "node_id": _node_id(url), "name": "deploy", "workflow_name": run["name"], "head_branch": run["head_branch"]}
    links = {"url": url, "html_url": f"{run['html_url']}/job/{key}", "run_url": run["url"], "check_run_url": f"{url}/check"}
    times = {"created_at": run["run_started_at"], "started_at": run["run_started_at"], "completed_at": moment(ended_at)}
    facts = {"run_id": run["id"], "run_attempt": run["run_attempt"], "head_sha": run["head_sha"], "steps": [], "labels": []}
    runner = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
    return {**names, **links, **times, **facts, **runner, "status": "completed", "conclusion": run["conclusion"]}


def label(repo: str, name: str) -> Json:
    """A label."""
    url = f"{API}/repos/{repo}/labels/{name}"
    return {"id": number_of(url), "node_id": _node_id(url), "url": url, "name": name, "description": None, "color": "ededed", "default": False}


def issue(repo: str, number: int, title: str, body: str, *, login: str, labels: Iterable[str], at: datetime) -> Json:
    """An open issue nobody has touched."""
    url = f"{API}/repos/{repo}/issues/{number}"
    links = {f"{part}_url": f"{url}/{part}" for part in ("comments", "events", "labels")}
    nothing: Json = {"assignee": None, "assignees": [], "closed_at": None, "closed_by": None, "milestone": None, "locked": False, "comments": 0}
    links |= {"url": url, "html_url": f"{WEB}/{repo}/issues/{number}", "repository_url": f"{API}/repos/{repo}"}
    times = {"created_at": moment(at), "updated_at": moment(at)}
    text = {"number": number, "title": title, "body": body, "state": "open", "user": user(login), "labels": [label(repo, name) for name in labels]}
    return {"id": number_of(url), "node_id": _node_id(url), **nothing, **links, **times, **text}


def comment(repo: str, number: int, count: int, *, login: str, body: str, at: datetime) -> Json:
    """A comment on an issue."""
    url = f"{API}/repos/{repo}/issues/comments/{number}{count:04}"
    links = {"url": url, "html_url": f"{WEB}/{repo}/issues/{number}#{count}", "issue_url": f"{API}/repos/{repo}/issues/{number}"}
    times = {"created_at": moment(at), "updated_at": moment(at)}
    return {"id": number * 10_000 + count, "node_id": _node_id(url), **links, **times, "user": user(login), "body": body}


def issue_event(repo: str, number: int, count: int, *, login: str, event: str, at: datetime) -> Json:
    """Something that was done to an issue without a word (docs.github.com, REST, issue events)."""
    url = f"{API}/repos/{repo}/issues/events/{number}{count:04}"
    names = {"id": number * 10_000 + count, "node_id": _node_id(url), "url": url, "actor": user(login), "event": event}
    return {**names, "commit_id": None, "commit_url": None, "created_at": moment(at), "performed_via_github_app": None}


def pull_request(repo: str, number: int, title: str, *, login: str | None, opened_at: datetime, updated_at: datetime, **more: Any) -> Json:
    """A pull request as GraphQL gives it; `more` holds mergedAt, closedAt, mergeCommit, reviewDecision, headRefName, body."""
    ends = dict.fromkeys(("mergedAt", "closedAt", "mergeCommit", "reviewDecision"))
    names = {"id": f"PR_{repo}_{number}", "number": number, "title": title, "body": "", "headRefName": f"branch-{number}"}
    times = {"createdAt": moment(opened_at), "updatedAt": moment(updated_at)}
    return {**names, **times, **ends, "url": f"{WEB}/{repo}/pull/{number}", "author": actor(login), "reviews": [], **more}


def deployment(repo: str, number: int, environment: str, *, sha: str, login: str, at: datetime, tag: str | None) -> Json:
    """A deployment as GraphQL gives it, before anybody reported on it."""
    ref = {"name": tag, "prefix": "refs/tags/"} if tag else {"name": "main", "prefix": "refs/heads/"}
    names = {"id": f"DE_{repo}_{number}", "databaseId": number, "environment": environment, "task": "deploy", "state": "PENDING"}
    times = {"createdAt": moment(at), "updatedAt": moment(at)}
    return {**names, **times, "commitOid": sha, "commit": {"url": f"{WEB}/{repo}/commit/{sha}"}, "ref": ref, "creator": actor(login), "statuses": []}


def release(repo: str, number: int, tag: str, *, sha: str, login: str, created_at: datetime, published_at: datetime | None, is_pre: bool) -> Json:
    """A release as GraphQL gives it; one that is not published is a draft."""
    times = {"createdAt": moment(created_at), "publishedAt": published_at and moment(published_at), "updatedAt": moment(published_at or created_at)}
    names = {"databaseId": number, "url": f"{WEB}/{repo}/releases/tag/{tag}", "name": tag, "tagName": tag}
    kind = {"isDraft": published_at is None, "isPrerelease": is_pre}
    return {**names, **kind, **times, "author": actor(login), "tagCommit": {"oid": sha}}
