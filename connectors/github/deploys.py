"""What GitHub knows as deploys: deployments with their statuses, and, where the configuration says so, releases and workflow runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from connectors.errors import TooMany
from connectors.github.commits import is_bot, login_of
from connectors.github.nodes import listed, nodes_since, whole
from connectors.github.queries import DEPLOYMENTS, RELEASES, STATUSES
from connectors.http import Api
from connectors.paging import LINK, at, windowed
from connectors.parse import instant, maybe_instant, parsed
from pipeline.signals import Deploy, Unfit, Window

Deploys = Iterator[Deploy | Unfit]

# A deployment's `inactive` only says that a newer one took its place, and a deployment nobody reported on is told by its own state.
_STATUS = {
    "SUCCESS": "success",
    "ACTIVE": "success",
    "FAILURE": "failed",
    "ERROR": "failed",
    "IN_PROGRESS": "running",
    "QUEUED": "running",
    "PENDING": "running",
    "WAITING": "running",
    "ABANDONED": "cancelled",
    "INACTIVE": "superseded",
    "DESTROYED": "superseded",
}
_CONCLUSION = {
    None: "running",
    "success": "success",
    "neutral": "success",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "cancelled": "cancelled",
    "skipped": "cancelled",
    "stale": "cancelled",
    "action_required": "running",
}
# A release is listed by the age of its commit, and a run by its first attempt: both may happen this much later than their place in the list.
_RELEASE_LAG = timedelta(days=60)
_RERUN_LAG = timedelta(days=3)
_RUNS_CAP = 1000


def _outcome(node: dict[str, Any]) -> tuple[str, datetime | None]:
    """How a deployment went and when that was said: its newest status that is not `inactive`."""
    told = [status for status in listed(node, "statuses") if status["state"] != "INACTIVE"]
    if not told:
        return _STATUS[node["state"]], None
    last = max(told, key=lambda status: instant(status["createdAt"]))
    status = _STATUS[last["state"]]
    return status, None if status == "running" else instant(last["createdAt"])


def deployment_of(node: dict[str, Any], repository: str) -> Deploy:
    """A deployment of the query Deployments. `version` is its tag where it was made from one, else the commit."""
    status, finished_at = _outcome(node)
    ref = node["ref"] or {}
    return Deploy(
        native_id=f"{repository}/deployments/{node['databaseId']}",
        scope=repository,
        url=(node["commit"] or {}).get("url"),
        raw=node,
        changed_at_source=instant(node["updatedAt"]),
        environment=node["environment"],
        version=ref["name"] if ref.get("prefix") == "refs/tags/" else node["commitOid"],
        commit_sha=node["commitOid"],
        status=status,
        started_at=instant(node["createdAt"]),
        finished_at=finished_at,
        actor=login_of(node["creator"]),
        is_bot=is_bot(node["creator"]),
        title=node["task"] or "",
    )


def deployments_in(api: Api, window: Window, repository: str, environments: Sequence[str] | None) -> Deploys:
    """Deployments created in the window, in these environments (None = all)."""
    wanted = {"environments": list(environments)} if environments else {}
    nodes = nodes_since(api, repository, DEPLOYMENTS, connection="deployments", field="createdAt", start=window.start, **wanted)
    return _within(window, parsed("deploys", deployment_of, whole(api, nodes, STATUSES, "statuses"), repository))


def release_of(node: dict[str, Any], repository: str, environment: str) -> Deploy:
    """A published release, taken as a deploy to this environment."""
    published_at = instant(node["publishedAt"])
    return Deploy(
        native_id=f"{repository}/releases/{node['databaseId']}",
        scope=repository,
        url=node["url"],
        changed_at_source=instant(node["updatedAt"]),
        environment=environment,
        version=node["tagName"],
        commit_sha=(node["tagCommit"] or {}).get("oid"),
        started_at=published_at,
        finished_at=published_at,
        actor=login_of(node["author"]),
        is_bot=is_bot(node["author"]),
        title=node["name"] or "",
    )


def releases_in(api: Api, window: Window, repository: str, environment: str) -> Deploys:
    """Releases published in the window as deploys; drafts are none. A release of a commit over 60 days old is not looked for."""
    nodes = nodes_since(api, repository, RELEASES, connection="releases", field="createdAt", start=window.start - _RELEASE_LAG)
    published = (node for node in nodes if at(node, "isDraft") is not True)
    return _within(window, parsed("deploys", release_of, published, repository, environment))


def run_of(item: dict[str, Any], repository: str, workflows: Mapping[str, str]) -> Deploy:
    """One attempt of a workflow run that deploys. Times are the attempt's own: `created_at` stays where the first attempt was."""
    environment = next(place for name, place in workflows.items() if fnmatchcase(item["name"], name))
    status = _CONCLUSION[item["conclusion"]]
    actor = item.get("triggering_actor") or item.get("actor")
    return Deploy(
        native_id=f"{repository}/runs/{item['id']}/attempts/{item.get('run_attempt', 1)}",
        scope=repository,
        url=item["html_url"],
        changed_at_source=instant(item["updated_at"]),
        environment=environment,
        version=item["head_sha"],
        commit_sha=item["head_sha"],
        status=status,
        started_at=instant(item.get("run_started_at") or item["created_at"]),
        finished_at=None if status == "running" else maybe_instant(item["updated_at"]),
        actor=login_of(actor),
        is_bot=is_bot(actor),
        title=item["display_title"],
    )


def _runs(api: Api, repository: str, created: Window) -> Iterator[dict[str, Any]]:
    """Every run created in the window. The API ends its list after 1,000 without a word: a full list raises TooMany."""
    # Both bounds of the API are inclusive and in whole seconds; ours end before the end, so that no run lies in two windows.
    first, last = (at - timedelta(microseconds=1) for at in (created.start + timedelta(seconds=1), created.end))
    bounds = f"{first:%Y-%m-%dT%H:%M:%SZ}..{last:%Y-%m-%dT%H:%M:%SZ}"
    path = ("repos", *repository.split("/"), "actions", "runs")
    for count, run in enumerate(api.pages(*path, items="workflow_runs", pager=LINK, created=bounds, per_page=100), 1):
        if count >= _RUNS_CAP:
            raise TooMany(f"GitHub lists no more than {_RUNS_CAP} workflow runs of one question")
        yield run


def workflow_runs_in(api: Api, window: Window, repository: str, workflows: Mapping[str, str]) -> Deploys:
    """Attempts started in the window of the workflows these names or globs mean, as deploys to the environment beside each."""
    created = Window(window.start - _RERUN_LAG, window.end)
    for run in windowed(lambda part: _runs(api, repository, part), created):
        name = at(run, "name")
        if not isinstance(name, str) or any(fnmatchcase(name, pattern) for pattern in workflows):
            yield from _within(window, parsed("deploys", run_of, [run], repository, workflows))


def _within(window: Window, deploys: Deploys) -> Deploys:
    return (deploy for deploy in deploys if isinstance(deploy, Unfit) or deploy.started_at in window)
