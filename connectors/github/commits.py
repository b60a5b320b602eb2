"""Commits of a repository's default branch, pinned to its newest commit before paging, so that a push meanwhile moves no page."""

from collections.abc import Generator, Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.commit_message import told
from connectors.errors import Refused, TooHeavy
from connectors.github.heads import known_heads
from connectors.github.news import News
from connectors.http import Api
from connectors.paging import LINK, Page, at
from connectors.parse import maybe_instant, parsed
from signals.automation import is_program
from signals.pulled import Unfit
from signals.records import Commit
from signals.windows import Window

Item = dict[str, Any]
_BY_DATE = (
    "more was pushed than GitHub can compare, so commits were read by their date: for older ones that came with it read from an earlier time "
    "with --since, or let the git source read this repository"
)
_UNKNOWN = frozenset({404, 422})  # GitHub forgets in time what a rewritten branch has left behind


def is_bot(actor: dict[str, Any] | None) -> bool:
    """Whether an account of REST (`type`) or of GraphQL (`__typename`) is an application, or one that is known for a program."""
    if not actor:
        return False
    return "Bot" in {actor.get("type"), actor.get("__typename")} or is_program(str(actor.get("login", "")))


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
    words = told(commit["message"], written.get("email"))
    written_at = maybe_instant(written.get("date"))
    at = maybe_instant((commit.get("committer") or {}).get("date")) or written_at
    if at is None:
        message = "neither its author nor its committer has a time: nothing else is wrong with it, it may be left as it is"
        raise ValueError(message)
    return Commit(
        native_id=f"{repository}@{item['sha']}",
        scope=repository,
        url=item["html_url"],
        repo=repository,
        sha=item["sha"],
        author=login_of(author) or (written.get("email") or "").strip().lower() or written.get("name"),  # as git tells who has no account
        is_bot=is_bot(author) or is_program(str(written.get("name") or ""), str(written.get("email") or "")),
        is_merge=len(item["parents"]) > 1,
        committed_at=at,
        authored_at=written_at,
        title=words.title,
        body=words.body,
        branch=words.branch or branch,
        pr_ref=words.pr_ref(repository),
        co_authors=words.co_authors,
    )


def commits_in(api: Api, window: Window, of: News) -> Iterator[Commit | Unfit]:
    """Commits of the branch that were pushed since the window began, or whose committer date lies in it where that is not known; 100 a request.

    One that says it is older than the window belongs to it too: it reached the branch in it. One from after the window comes with a later one.
    """

    def read(items: Iterator[Item]) -> Iterator[Commit | Unfit]:
        return parsed("commits", commit_of, items, of.repository, of.branch)

    before, within = known_heads(api, of, window)
    for commit in read(_pushed_since(api, of, within)) if within else ():
        if isinstance(commit, Unfit) or commit.committed_at < window.start:
            yield commit
    for commit in read(_items(api, window, of, before)):
        if isinstance(commit, Unfit) or commit.committed_at < window.end:
            yield commit


def _items(api: Api, window: Window, of: News, before: str | None) -> Iterator[Item]:
    if not (before and (yield from _pushed_since(api, of, before))):
        yield from _committed_in(api, window, of)


def _pushed_since(api: Api, of: News, before: str) -> Generator[Item, None, bool]:
    """What the newest commit reaches and the one `before` does not; whether that was all of it."""
    if before == of.head:
        return True
    told, count = None, 0

    def following(page: Page) -> str | Mapping[str, Any] | None:
        nonlocal told
        told = at(page.body, "total_commits")
        return LINK(page)

    try:
        for item in api.pages(*_path(of), "compare", f"{before}...{of.head}", items="commits", pager=following, per_page=100):
            count += 1
            yield item
    except Refused as refused:
        if refused.status not in _UNKNOWN:
            raise
    except TooHeavy as heavy:
        # GitHub works out the whole difference for each page of it.
        api.degraded[of.repository] = f"{heavy}: {_BY_DATE}"
    return told == count


def _committed_in(api: Api, window: Window, of: News) -> Iterator[Item]:
    # Whole seconds and a second more at the end: the API's own bounds are inclusive and drop fractions.
    since, until = (f"{end:%Y-%m-%dT%H:%M:%SZ}" for end in (window.start, window.end + timedelta(seconds=1)))
    return api.pages(*_path(of), "commits", pager=LINK, size="per_page", sha=of.head, since=since, until=until, per_page=100)


def _path(of: News) -> tuple[str, ...]:
    return ("repos", *of.repository.split("/"))
