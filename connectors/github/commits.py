"""Commits of a repository's default branch, pinned to its newest commit before paging, so that a push meanwhile moves no page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.commit_message import LONGEST_BODY, branch_of, co_authors_of, pr_ref_of
from connectors.http import Api
from connectors.paging import LINK
from connectors.parse import instant, maybe_instant, parsed
from pipeline.signals import Commit, Unfit, Window


def is_bot(actor: dict[str, Any] | None) -> bool:
    """Whether an account of REST (`type`) or of GraphQL (`__typename`) is an application."""
    if not actor:
        return False
    return "Bot" in {actor.get("type"), actor.get("__typename")} or str(actor.get("login", "")).endswith("[bot]")


def login_of(actor: dict[str, Any] | None) -> str | None:
    """An account's login as REST writes it: GraphQL leaves `[bot]` out. None for a deleted account."""
    if not actor:
        return None
    login: str = actor["login"]
    return f"{login}[bot]" if actor.get("__typename") == "Bot" and not login.endswith("[bot]") else login


def commit_of(item: dict[str, Any], repository: str, branch: str | None) -> Commit:
    """A commit as `GET /repos/{owner}/{repo}/commits` gives it. Its files are not in the list, so `paths` is empty: the git source has them."""
    commit, author = item["commit"], item.get("author") or None
    written = commit.get("author") or {}
    title, body = (part.strip() for part in commit["message"].partition("\n")[::2])
    return Commit(
        native_id=f"{repository}@{item['sha']}",
        scope=repository,
        url=item["html_url"],
        repo=repository,
        sha=item["sha"],
        author=login_of(author) or written.get("email"),
        is_bot=is_bot(author) or str(written.get("name", "")).endswith("[bot]"),
        is_merge=len(item["parents"]) > 1,
        committed_at=instant((commit["committer"] or written)["date"]),
        authored_at=maybe_instant(written.get("date")),
        title=title,
        body=body[:LONGEST_BODY],
        branch=branch_of(title) or branch,
        pr_ref=pr_ref_of(repository, title, body),
        co_authors=co_authors_of(body),
    )


def commits_in(api: Api, window: Window, repository: str, head: str, branch: str | None) -> Iterator[Commit | Unfit]:
    """Commits of the branch whose committer date lies in the window, newest first, 100 a request."""
    # Whole seconds and a second more at the end: the API's own bounds are inclusive and drop fractions.
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (window.start, window.end + timedelta(seconds=1)))
    items = api.pages("repos", *repository.split("/"), "commits", pager=LINK, sha=head, since=since, until=until, per_page=100)
    for commit in parsed("commits", commit_of, items, repository, branch):
        if isinstance(commit, Unfit) or commit.committed_at in window:
            yield commit
