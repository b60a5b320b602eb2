"""Releases, taken as deploys where the configuration says so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.github.commits import is_bot, login_of
from connectors.github.nodes import nodes_since
from connectors.github.queries import RELEASES
from connectors.http import Api
from connectors.paging import at
from connectors.parse import instant, maybe_instant, parsed
from signals.pulled import Unfit
from signals.records import Deploy
from signals.windows import Window

# A release is listed by the age of its commit: it may be published or edited this much later than its place in the list.
_LAG = timedelta(days=60)


def release_of(node: dict[str, Any], repository: str, environment: str) -> Deploy:
    """A published release, taken as a deploy to this environment."""
    published_at = instant(node["publishedAt"])
    return Deploy(
        native_id=f"{repository}/releases/{node['databaseId']}",
        scope=repository,
        url=node["url"],
        changed_at_source=maybe_instant(node["updatedAt"]) or published_at,
        environment=environment,
        version=node["tagName"],
        commit_sha=(node["tagCommit"] or {}).get("oid"),
        started_at=published_at,
        finished_at=published_at,
        actor=login_of(node["author"]),
        is_bot=is_bot(node["author"]),
        title=node["name"] or "",
    )


def releases_in(api: Api, window: Window, repository: str, *, full: str | None, pre: str | None) -> Iterator[Deploy | Unfit]:
    """Releases published or edited in the window, as deploys to the environments `full` and `pre` (None = not taken); drafts are none.

    An edit belongs to the window, for it may be what made a prerelease a release.
    """
    nodes = nodes_since(api, repository, RELEASES, connection="releases", field="createdAt", start=window.start - _LAG)
    for node in nodes:
        environment = pre if at(node, "isPrerelease") is True else full
        if environment is None or at(node, "isDraft") is True:
            continue
        for deploy in parsed("deploys", release_of, [node], repository, environment):
            if isinstance(deploy, Unfit) or deploy.started_at in window or _was_edited_in(window, deploy):
                yield deploy


def _was_edited_in(window: Window, deploy: Deploy) -> bool:
    return deploy.started_at < window.start and deploy.changed_at_source is not None and deploy.changed_at_source in window
