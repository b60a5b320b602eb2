"""Reading GitHub's GraphQL connections: newest first down to an instant, and long connections inside a node to their end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.errors import Garbled
from connectors.http import Api

Node = dict[str, Any] | None


def _pages(api: Api, query: str, variables: dict[str, Any], *, root: str, connection: str, after: str | None = None) -> Iterator[list[Node]]:
    """The pages of one connection from a cursor on. Garbled when a cursor comes back or the thing itself is gone meanwhile."""
    seen: set[str | None] = set()
    while after not in seen:
        seen.add(after)
        found = api.graphql("graphql", query=query, variables={**variables, "after": after})[root]
        if found is None:
            raise Garbled(f"GitHub has no {root} any more to read its {connection} from")
        page = found[connection]
        yield page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
    raise Garbled(f"GitHub's pages of {connection} lead back to a page that was already read")


def nodes_since(api: Api, repository: str, query: str, *, connection: str, field: str, start: datetime, **variables: Any) -> Iterator[Node]:
    """Nodes of a repository's connection that is ordered by `field`, newest first, down to the page that reaches `start`."""
    owner, _, name = repository.partition("/")
    oldest_wanted = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for nodes in _pages(api, query, {"owner": owner, "name": name, **variables}, root="repository", connection=connection):
        yield from nodes
        # Compared as text: a field that is no time ends up in quarantine with its record, not here.
        if any(node and str(node.get(field)) < oldest_wanted for node in nodes):
            return


def whole(api: Api, nodes: Iterator[Node], query: str, connection: str) -> Iterator[Node]:
    """The same nodes; where the `connection` inside one goes on, the rest of it is read and added."""
    for node in nodes:
        inner = (node or {}).get(connection)
        if node and inner and inner["pageInfo"]["hasNextPage"]:
            rest = _pages(api, query, {"id": node["id"]}, root="node", connection=connection, after=inner["pageInfo"]["endCursor"])
            inner["nodes"].extend(item for page in rest for item in page)
        yield node
