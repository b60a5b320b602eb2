"""How GitHub wants to be spoken to: its headers, and its limits, which come as refusals too."""

from collections.abc import Mapping

from connectors.github.remedies import remedy
from connectors.http import Connection, Vendor
from connectors.web.waiting import reset_at

_resets_in = reset_at("X-RateLimit-Reset")


def _auth(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {connection.secret or ''}"}


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until the hourly limit is whole again; the minute GitHub asks for where only the secondary limit was met."""
    return _resets_in(headers) if headers.get("X-RateLimit-Remaining") == "0" else 60.0


def _limited(status: int, headers: Mapping[str, str], body: str) -> bool | None:
    """GitHub's limits come as 403 too: no calls left, a time to stay away, or the words of the secondary limit."""
    if status != 403:
        return None
    return headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers or "secondary rate limit" in body.lower()


def _surplus(headers: Mapping[str, str]) -> str | None:
    """Scopes of a classic token that may write; a fine-grained token tells none."""
    scopes = [scope.strip() for scope in headers.get("X-OAuth-Scopes", "").split(",")]
    return ", ".join(scope for scope in scopes if scope and not scope.startswith("read:") and scope != "user:email") or None


def _graphql_base(base_url: str) -> str:
    """Enterprise Server has REST under /api/v3 and GraphQL under /api."""
    return base_url.rstrip("/").removesuffix("/v3")


GITHUB = Vendor(
    name="github",
    base_url="https://api.github.com",
    auth=_auth,
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    requests_per_minute=900,
    wait=_wait,
    limited=_limited,
    remedy=remedy,
    surplus=_surplus,
    graphql_base=_graphql_base,
)
