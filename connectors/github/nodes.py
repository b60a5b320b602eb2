"""Reading GitHub's GraphQL connections: newest first down to an instant, and long connections inside a node to their end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.errors import Garbled
from connectors.github.queries import sized, whole_page
from connectors.http import Api
from connectors.paging import Pieces, at

_EPOCH = "1970"
Node = Any  # a mapping, or whatever else stands in its place


def _pages(api: Api, query: str, variables: dict[str, Any], *, root: str, connection: str, after: str | None = None) -> Iterator[list[Node]]:
    """The pages of one connection from a cursor on, smaller ones where a whole one is too heavy.

    Garbled when they have no end, are no pages, or the thing itself is gone meanwhile; TooHeavy where one node is too much.
    """
    loop, pieces = api.loop(f"github: {connection} of the {root}"), Pieces(whole_page(query))

    def asked(size: int) -> dict[str, Any]:
        return api.graphql("graphql", query=sized(query, size), variables={**variables, "after": after}, is_piece=size > 1)

    is_going_on = True
    while is_going_on:
        loop.ask(str(after))
        nodes, after = _page(pieces.answer(asked), f"{root}.{connection}")
        loop.read(nodes)
        yield nodes
        is_going_on = after is not None


def _page(answer: Any, path: str) -> tuple[list[Node], str | None]:
    """The nodes, and the cursor of the next page, None at the end."""
    match at(answer, path):
        case {"nodes": list(nodes), "pageInfo": {"hasNextPage": False}}:
            return nodes, None
        case {"nodes": list(nodes), "pageInfo": {"hasNextPage": True, "endCursor": str(cursor)}}:
            return nodes, cursor
    message = f"github: the answer holds no page of {path}"
    raise Garbled(message)


def listed(node: dict[str, Any], connection: str) -> list[Any]:
    """What a connection inside a node holds. Raises ValueError where that is not all of it."""
    match node[connection]:
        case {"nodes": list(items), "pageInfo": {"hasNextPage": False}}:
            return items
    message = f"its {connection} are not a whole list: look at it on GitHub"
    raise ValueError(message)


def nodes_since(api: Api, repository: str, query: str, *, connection: str, field: str, start: datetime, **variables: Any) -> Iterator[Node]:
    """Nodes of a repository's connection that is ordered by `field`, newest first, down to the page that reaches `start`."""
    owner, _, name = repository.partition("/")
    oldest_wanted = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for nodes in _pages(api, query, {"owner": owner, "name": name, **variables}, root="repository", connection=connection):
        yield from nodes
        # Compared as text: a field that is no time ends up in quarantine with its record, not here. One node alone is no proof, it may be wrong.
        if sum(_EPOCH <= str(at(node, field)) < oldest_wanted for node in nodes) > 1:
            return


def whole(api: Api, nodes: Iterator[Node], query: str, connection: str) -> Iterator[Node]:
    """The same nodes; where the `connection` inside one goes on, the rest of it is read and added."""
    for node in nodes:
        match at(node, connection):
            case {"nodes": list(items), "pageInfo": {"hasNextPage": True, "endCursor": str(cursor)} as info}:
                rest = _pages(api, query, {"id": at(node, "id")}, root="node", connection=connection, after=cursor)
                items.extend(item for page in rest for item in page)
                info["hasNextPage"] = False
        yield node
