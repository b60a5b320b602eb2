"""What is new in many repositories, 100 a request, so that a repository where nothing happened costs nothing more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import Garbled, Refused
from connectors.github.queries import news_query
from connectors.http import Api
from connectors.parse import instant, maybe_instant

_ASKED_AT_ONCE = 100
_NOT_FOR_US = frozenset({403, 404})
# A committer's clock may run ahead of GitHub's: a push this long before an instant may carry commits dated after it.
_CLOCK_DRIFT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class News:
    """What a repository had newest when it was asked. `head` is the newest commit of `branch`, the default one; None where there is none."""

    repository: str
    is_empty: bool
    head: str | None
    branch: str | None
    pushed_at: datetime | None
    changed_at: datetime | None
    deployed_at: datetime | None

    def has_commits_since(self, start: datetime) -> bool:
        """Whether something was pushed that may have been committed at or after this instant."""
        return bool(self.head and (self.pushed_at is None or self.pushed_at >= start - _CLOCK_DRIFT))

    def has_pull_requests_since(self, start: datetime) -> bool:
        """Whether a pull request changed at or after this instant."""
        return bool(self.changed_at and self.changed_at >= start)

    def has_deployments_since(self, start: datetime) -> bool:
        """Whether a deployment was made at or after this instant."""
        return bool(self.deployed_at and self.deployed_at >= start)


def news_of(repository: str, answer: dict[str, Any]) -> News:
    """One repository's part of the answer to `news_query`. Raises Garbled when it is not what the schema says."""
    try:
        ref = answer["defaultBranchRef"]
        head, branch = (None, None) if ref is None else (_text(ref["target"]["oid"]), _text(ref["name"]))
        changed_at, deployed_at = (_newest(answer, "pullRequests", "updatedAt"), _newest(answer, "deployments", "createdAt"))
        return News(repository, bool(answer["isEmpty"]), head, branch, maybe_instant(answer["pushedAt"]), changed_at, deployed_at)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Garbled(f"github: the news of {repository} cannot be read ({type(error).__name__}: {error})") from error


def _text(found: Any) -> str:
    if not isinstance(found, str) or not found:
        message = f"{found!r:.80} where a name is expected"
        raise TypeError(message)
    return found


def _newest(answer: dict[str, Any], connection: str, field: str) -> datetime | None:
    """When the newest of a connection was; None where there is none."""
    nodes = answer[connection]["nodes"]
    if not isinstance(nodes, list):
        message = f"{connection} is no list"
        raise TypeError(message)
    return instant(nodes[0][field]) if nodes else None


def news(api: Api, repositories: Sequence[str]) -> Iterator[News]:
    """The news of each repository. One that may not be seen or is gone is noted in `api.degraded`."""
    for start in range(0, len(repositories), _ASKED_AT_ONCE):
        yield from _narrowed(api, repositories[start : start + _ASKED_AT_ONCE])


def _narrowed(api: Api, repositories: Sequence[str]) -> Iterator[News]:
    """GraphQL refuses a question because of one name in it: it is asked again in halves, down to that name."""
    if len(repositories) == 1:
        with api.scope(repositories[0]):
            yield from _asked(api, repositories)
        return
    try:
        found = _asked(api, repositories)
    except Refused as refused:
        if refused.status not in _NOT_FOR_US:
            raise
        found = []
    if found:
        yield from found
        return
    middle = len(repositories) // 2
    yield from _narrowed(api, repositories[:middle])
    yield from _narrowed(api, repositories[middle:])


def _asked(api: Api, repositories: Sequence[str]) -> list[News]:
    query, variables = news_query(repositories)
    answer = api.graphql("graphql", query=query, variables=variables)
    return [news_of(repository, answer.get(f"r{number}") or {}) for number, repository in enumerate(repositories)]
