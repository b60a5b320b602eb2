"""PagerDuty's change events: deploys where they say so, configuration changes else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.http import Api
from connectors.pagerduty.lists import Item, recent
from connectors.paging import at
from connectors.parse import instant, parsed
from connectors.registry import Yields
from pipeline.signals import ConfigChange, Deploy, Unfit, Window

_STATES = {"success", "failed", "cancelled", "running", "superseded"}


def change_of(item: Item) -> Deploy | ConfigChange:
    """A change event. Details that name a version and an environment make it a deploy; otherwise all that is known is that something changed."""
    details, service, title = item.get("custom_details") or {}, at(item, "service.id"), item.get("summary") or ""
    said: dict[str, Any] = {
        "native_id": f"{item['id']}@{service}" if item["is_shared"] else item["id"],
        "scope": service,
        "url": next((link.get("href") for link in item.get("links") or ()), None),
        "raw": {name: value for name, value in item.items() if name not in {"service", "is_shared"}},
        "title": title,
        "environment": details.get("environment"),
    }
    if details.get("version") and details.get("environment"):
        status = details.get("status")
        started_at, sha = instant(item["timestamp"]), details.get("commit")
        return Deploy(
            **said, version=str(details["version"]), started_at=started_at, status=status if status in _STATES else "success", commit_sha=sha
        )
    return ConfigChange(**said, system=item.get("source") or "PagerDuty", target=title, applied_at=instant(item["timestamp"]))


def _by_service(items: Iterable[Any]) -> Iterator[Any]:
    """The same items once for each service they name."""
    for item in items:
        services = item.get("services") if isinstance(item, dict) else None
        shared = services if isinstance(services, list) and services else [None]
        yield from (item | {"service": service, "is_shared": len(shared) > 1} if isinstance(item, dict) else item for service in shared)


def _is_wanted(change: Deploy | ConfigChange | Unfit, window: Window, services: Sequence[str]) -> bool:
    if isinstance(change, Unfit):
        return True
    at = change.started_at if isinstance(change, Deploy) else change.applied_at
    return at in window and (not services or change.scope in services)


def changes(api: Api, window: Window, services: Sequence[str]) -> Yields:
    """Change events of a window, one record for each service they name."""
    found = parsed("config_changes", change_of, _by_service(recent(api, window, "change_events")))
    yield from (change for change in found if _is_wanted(change, window, services))
