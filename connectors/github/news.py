"""What is new in many repositories, 100 a request, so that a repository where nothing happened costs nothing more."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.errors import Garbled, Refused, TooHeavy
from connectors.github.queries import news_query
from connectors.http import Api
from connectors.parse import instant, maybe_instant

_ASKED_AT_ONCE = 100
_NOT_FOR_US = frozenset({403, 404})
_ENOUGH = 5  # refused one by one, and nothing else known: the rest is not asked for
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
    except KeyError as missing:
        raise Garbled(f"github: the answer does not say the {missing} of {repository}") from missing
    except (AttributeError, TypeError, ValueError) as error:
        raise Garbled(f"github: the news of {repository} cannot be read ({error})") from error


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
    """The news of each repository. One that may not be seen or is gone is noted in `api.degraded`.

    A question that GitHub refuses as a whole, or cannot work out, is asked again in halves, down to the one name that is why.
    """
    parts = deque(repositories[start : start + _ASKED_AT_ONCE] for start in range(0, len(repositories), _ASKED_AT_ONCE))
    refused_alone, is_any_known = 0, False
    while parts:
        part = parts.popleft()
        found = _several(api, part) if len(part) > 1 else _alone(api, part[0], beside=(repositories[0], repositories[-1]))
        if found is None:
            middle = len(part) // 2
            parts.extendleft((part[middle:], part[:middle]))
            continue
        yield from found
        is_any_known = is_any_known or bool(found)
        refused_alone += len(part) == 1 and not found
        if refused_alone >= _ENOUGH and not is_any_known:
            api.settle()


def _several(api: Api, repositories: Sequence[str]) -> list[News] | None:
    """What is known of those that may be seen; None where the question as a whole was refused or too heavy."""
    try:
        found, refusals = _answered(api, repositories)
    except TooHeavy:
        return None
    except Refused as refused:
        if refused.status not in _NOT_FOR_US:
            raise
        return None
    for repository, refusal in refusals.items():
        api.unread(repository, refusal)
    return found


def _alone(api: Api, repository: str, beside: Sequence[str]) -> list[News]:
    """The news of one; nothing where it is noted in `api.degraded`. `beside`: others to ask about, to see whether GitHub answers at all."""
    other = next((name for name in beside if name != repository), None)
    found: list[News] = []
    with api.scope(repository, unless_away=partial(_answered, api, [other]) if other else None):
        found, refusals = _answered(api, [repository])
        for refusal in refusals.values():
            raise refusal
    return found


def _answered(api: Api, repositories: Sequence[str]) -> tuple[list[News], dict[str, Refused]]:
    """One question: the news of those that may be seen, and of each other one why not."""
    query, variables = news_query(repositories)
    answer, refusals = api.graphql_parts("graphql", query=query, variables=variables, is_piece=len(repositories) > 1)
    keys = {f"r{number}": repository for number, repository in enumerate(repositories)}
    found = [news_of(repository, answer.get(key) or {}) for key, repository in keys.items() if key not in refusals]
    return found, {keys[key]: refusal for key, refusal in refusals.items() if key in keys}
