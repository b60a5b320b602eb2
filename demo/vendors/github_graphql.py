"""The answers of GitHub's GraphQL to the operations the connector asks, told apart by their names and variables."""

import re
from collections.abc import Iterable
from typing import Any

from demo.vendors.github_records import Json, moment
from demo.vendors.github_state import Repository, State

_TOO_SLOW = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug."
_INNER = {"pulls": "reviews", "deployments": "statuses"}


def _page(nodes: list[Json], first: int, after: str | None) -> Json:
    start = int(after or 0)
    end = start + first
    return {"pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end) if nodes else None}, "nodes": nodes[start:end]}


def _newest(nodes: Iterable[Json], field: str) -> list[Json]:
    return sorted(nodes, key=lambda node: str(node[field]), reverse=True)


def _with_inner(page: Json, inner: str) -> Json:
    """The first ten reviews or statuses of each node, as asked."""
    return {**page, "nodes": [{**node, inner: _page(node[inner], 10, None)} for node in page["nodes"]]}


def _news(home: Repository) -> Json:
    head = {"name": home.branch, "target": {"oid": home.commits[-1]["sha"]}} if home.commits else None
    pulls, deployments = _newest(home.pulls.values(), "updatedAt")[:1], _newest(home.deployments.values(), "createdAt")[:1]
    return {
        "isEmpty": not home.pushed,
        "pushedAt": home.pushed_at and moment(home.pushed_at),
        "defaultBranchRef": head,
        "pullRequests": {"nodes": [{"updatedAt": node["updatedAt"]} for node in pulls]},
        "deployments": {"nodes": [{"createdAt": node["createdAt"]} for node in deployments]},
    }


def _connection(home: Repository, operation: str, variables: Json, size: int) -> Json:
    """One page of what belongs to a repository."""
    after = variables.get("after")
    if operation == "PullRequests":
        return {"pullRequests": _with_inner(_page(_newest(home.pulls.values(), "updatedAt"), size, after), "reviews")}
    if operation == "Releases":
        return {"releases": _page(_newest(home.releases, "createdAt"), size, after)}
    wanted = variables.get("environments")
    found = [node for node in home.deployments.values() if wanted is None or node["environment"] in wanted]
    return {"deployments": _with_inner(_page(_newest(found, "createdAt"), size, after), "statuses")}


def _rest(state: State, variables: Json, inner: str) -> Json:
    """What follows in a node's reviews or statuses."""
    kind = next(kind for kind, name in _INNER.items() if name == inner)
    nodes = (node for home in state.repositories.values() for node in getattr(home, kind).values())
    found = next((node for node in nodes if node["id"] == variables["id"]), None)
    return {"node": found and {inner: _page(found[inner], 100, variables.get("after"))}}


def _again(state: State, variables: Json) -> Json:
    """Deployments by their node ids, and an error for each that is gone."""
    known = {node["id"]: node for home in state.repositories.values() for node in home.deployments.values()}
    found = {f"d{name[2:]}": known.get(node_id) for name, node_id in variables.items()}
    pages = {name: node and {**node, "statuses": _page(node["statuses"], 10, None)} for name, node in found.items()}
    gone = [name for name, node in found.items() if node is None]
    errors = [{"type": "NOT_FOUND", "path": [name], "message": "Could not resolve to a node with the global id"} for name in gone]
    return {"data": pages, "errors": errors} if errors else {"data": pages}


def _refusal(state: State, name: str) -> tuple[str, str] | None:
    status = state.refused.get(name, 200 if name in state.repositories else 404)
    if status == 200:
        return None
    return ("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.") if status == 404 else ("FORBIDDEN", "Resource not accessible")


def answer(state: State, body: Json) -> Json:
    """The whole answer: `data`, and `errors` beside it for each repository this token cannot see."""
    operation = re.findall(r"query (\w+)", body["query"])[0]
    variables: dict[str, Any] = body["variables"]
    after = variables.get("after")
    if after is not None and not str(after).isdecimal():
        return {"data": None, "errors": [{"type": "INVALID_CURSOR_ARGUMENTS", "message": f"`{after}` does not appear to be a valid cursor."}]}
    size = int(re.findall(r"first: (\d+)", body["query"])[0])
    if operation == "Again":
        return _again(state, variables)
    if operation in {"Reviews", "Statuses"}:
        return {"data": _rest(state, variables, operation.lower())}
    asked = {"repository": (variables["owner"], variables["name"])} if "owner" in variables else {}
    asked |= {f"r{key[5:]}": (owner, variables[f"name{key[5:]}"]) for key, owner in variables.items() if re.fullmatch(r"owner\d+", key)}
    data: Json = {}
    errors: list[Json] = []
    for key, parts in asked.items():
        name = state.renamed.get("/".join(parts), "/".join(parts))
        refusal = _refusal(state, name)
        if refusal:
            errors.append({"type": refusal[0], "path": [key], "message": refusal[1], "locations": [{"line": 1, "column": 1}]})
        if operation != "News" and size > state.heavy.get(name, size):
            return {"data": None, "errors": [{"message": _TOO_SLOW}]}
        home = None if refusal else state.repositories[name]
        data[key] = home and (_news(home) if operation == "News" else _connection(home, operation, variables, size))
    return {"data": data, "errors": errors} if errors else {"data": data}
