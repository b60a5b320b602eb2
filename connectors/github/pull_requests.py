"""Pull requests with who looked at them, 50 a request through GraphQL."""

from collections.abc import Iterator
from typing import Any

from connectors.github.commits import is_bot, login_of
from connectors.github.nodes import listed, nodes_since, whole
from connectors.github.queries import PULL_REQUESTS, REVIEWS
from connectors.http import Api
from connectors.parse import instant, maybe_instant, parsed
from signals.pulled import Unfit
from signals.records import PullRequest
from signals.windows import Window


def _review_state(decision: str | None, reviews: list[dict[str, Any]]) -> str | None:
    """What the branch rules say; where there are none, the last word of each reviewer: one asked for changes, else one approved."""
    if decision:
        return decision
    opinions = {login_of(review["author"]): review["state"] for review in reviews if review["state"] != "COMMENTED"}
    return next((state for state in ("CHANGES_REQUESTED", "APPROVED") if state in opinions.values()), None)


def pull_request_of(node: dict[str, Any], repository: str) -> PullRequest:
    """A pull request of the query PullRequests. `reviewers` are the accounts that submitted a review, without the author, in order."""
    author, reviews = login_of(node["author"]), listed(node, "reviews")
    looked = dict.fromkeys(login_of(review["author"]) for review in reviews)
    return PullRequest(
        native_id=f"{repository}#{node['number']}",
        scope=repository,
        url=node["url"],
        raw={"reviewDecision": node["reviewDecision"], "reviews": reviews},
        changed_at_source=instant(node["updatedAt"]),
        repo=repository,
        number=str(node["number"]),
        title=node["title"],
        body=node["body"],
        opened_at=instant(node["createdAt"]),
        author=author,
        is_bot=is_bot(node["author"]),
        branch=node["headRefName"],
        merged_at=maybe_instant(node["mergedAt"]),
        closed_at=maybe_instant(node["closedAt"]),
        merge_sha=(node["mergeCommit"] or {}).get("oid"),
        reviewers=tuple(login for login in looked if login and login != author),
        review_state=_review_state(node["reviewDecision"], reviews),
    )


def pull_requests_in(api: Api, window: Window, repository: str) -> Iterator[PullRequest | Unfit]:
    """Pull requests whose last change (`changed_at_source`) lies in the window: they may have been opened long before it.

    One that changes again after the window belongs to a later window; so over all windows each comes in its last form.
    """
    nodes = nodes_since(api, repository, PULL_REQUESTS, connection="pullRequests", field="updatedAt", start=window.start)
    for pull_request in parsed("pull_requests", pull_request_of, whole(api, nodes, REVIEWS, "reviews"), repository):
        if isinstance(pull_request, Unfit) or (pull_request.changed_at_source or pull_request.opened_at) in window:
            yield pull_request
