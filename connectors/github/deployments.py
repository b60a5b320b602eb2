"""GitHub's deployments with their statuses, whoever made them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from connectors.github.commits import is_bot, login_of
from connectors.github.news import News
from connectors.github.nodes import listed, nodes_since, whole
from connectors.github.queries import DEPLOYMENTS, STATUSES, again_query
from connectors.github.unfinished import ENDED, Unfinished
from connectors.http import Api
from connectors.parse import instant, our_word, parsed
from signals.pulled import Unfit
from signals.records import Deploy
from signals.windows import Window

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
NOT_SAID = "not said"  # the schema allows a deployment without an environment; it counts as none that anybody named


def _in_order(statuses: list[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    """Oldest first. GitHub does not promise in which order it lists them, and its times are whole seconds.

    Of one second the later in the list is the newer, as its other times show which way it runs; where they do not, an end is newer than what
    goes on, and the deployment's own `state` decides between two ends.
    """
    is_newest_first = bool(statuses) and instant(statuses[0]["createdAt"]) > instant(statuses[-1]["createdAt"])

    def key(status: dict[str, Any]) -> tuple[datetime, bool, bool]:
        word = our_word(_STATUS, status["state"])
        return instant(status["createdAt"]), word in ENDED, word == our_word(_STATUS, state)

    return sorted(reversed(statuses) if is_newest_first else statuses, key=key)


def _outcome(node: dict[str, Any]) -> tuple[str, datetime | None]:
    """How a deployment went and when that was said: its newest status that is not `inactive`, else its own state."""
    told = [status for status in _in_order(listed(node, "statuses"), node["state"]) if status["state"] != "INACTIVE"]
    if not told:
        return our_word(_STATUS, node["state"]), None
    return our_word(_STATUS, told[-1]["state"]), instant(told[-1]["createdAt"])


def deployment_of(node: dict[str, Any], repository: str) -> Deploy:
    """A deployment of the query Deployments. `version` is its tag where it was made from one, else the commit.

    It last changed when it was last reported on: that another one took its place later (`updatedAt`) changes nothing of how it went.
    """
    status, told_at = _outcome(node)
    ref = node["ref"] or {}
    return Deploy(
        native_id=f"{repository}/deployments/{node['databaseId']}",
        scope=repository,
        url=(node["commit"] or {}).get("url"),
        raw=node,
        changed_at_source=told_at or instant(node["createdAt"]),
        environment=node["environment"] or NOT_SAID,
        version=ref["name"] if ref.get("prefix") == "refs/tags/" else node["commitOid"],
        commit_sha=node["commitOid"],
        status=status,
        started_at=instant(node["createdAt"]),
        finished_at=told_at if status in ENDED else None,
        actor=login_of(node["creator"]),
        is_bot=is_bot(node["creator"]),
        title=node["task"] or "",
    )


def deployments_in(api: Api, window: Window, of: News, environments: Sequence[str] | None) -> Deploys:
    """Deployments created in the window, in these environments (None = all), and older ones that were still going on when they were last read."""
    unfinished = Unfinished(api, of.repository)
    nodes = chain(_created(api, window, of, environments), _again(api, unfinished.before(window.start)))
    for deploy in parsed("deploys", deployment_of, whole(api, nodes, STATUSES, "statuses"), of.repository):
        if isinstance(deploy, Unfit):
            yield deploy
        elif deploy.started_at < window.end:
            unfinished.note(deploy)
            if deploy.started_at in window or deploy.status in ENDED:
                yield deploy
    unfinished.keep()


def _created(api: Api, window: Window, of: News, environments: Sequence[str] | None) -> Iterator[Any]:
    """Those created since the window began; nothing is asked where there are none."""
    if not of.has_deployments_since(window.start):
        return
    wanted = {"environments": list(environments)} if environments else {}
    start = window.start
    yield from nodes_since(api, of.repository, DEPLOYMENTS, connection="deployments", field="createdAt", start=start, **wanted)


def _again(api: Api, deployments: Sequence[str]) -> Iterator[Any]:
    """These deployments, by their node ids, as they are now. One that was deleted meanwhile is left as it was read last."""
    if deployments:
        query, variables = again_query(deployments)
        found, _ = api.graphql_parts("graphql", query=query, variables=variables)
        yield from filter(None, found.values())
