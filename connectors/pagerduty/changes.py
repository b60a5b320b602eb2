"""PagerDuty's change events: deploys where they say so, configuration changes else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.http import Api
from connectors.pagerduty.lists import Item, key_of, recent
from connectors.paging import at
from connectors.parse import instant, parsed
from connectors.registry import Yields
from signals.pulled import Unfit
from signals.records import ConfigChange, Deploy
from signals.windows import Window


def _text(value: Any) -> str | None:
    """A detail as text; people send numbers as well."""
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def change_of(item: Item) -> Deploy | ConfigChange:
    """A change event. Details that name a version and an environment make it a deploy; otherwise all that is known is that something changed."""
    service, key, title = at(item["service"], "id"), key_of(item, "change event"), item.get("summary") or ""
    version, environment, status, sha = (_text(at(item, f"custom_details.{name}")) for name in ("version", "environment", "status", "commit"))
    said: dict[str, Any] = {
        "native_id": f"{key}@{service}" if item["is_shared"] else key,
        "scope": service,
        "url": next((url for link in item.get("links") or () if isinstance(url := at(link, "href"), str)), None),
        "raw": {name: value for name, value in item.items() if name not in {"service", "is_shared"}},
        "title": title,
        "environment": environment,
    }
    if version and environment:
        started_at = instant(item["timestamp"])
        return Deploy(**said, version=version, started_at=started_at, status=(status or "success").lower(), commit_sha=sha)
    system = item.get("source") or "PagerDuty"
    return ConfigChange(**said, system=system, target=title or system, applied_at=instant(item["timestamp"]))


def _by_service(items: Iterable[Any]) -> Iterator[Any]:
    """The same items once for each service they name."""
    for item in items:
        if not isinstance(item, dict):
            yield item
            continue
        services = item.get("services")
        named = [service for service in services if isinstance(at(service, "id"), str)] if isinstance(services, list) else []
        yield from (item | {"service": service, "is_shared": len(named) > 1} for service in named or [None])


def _is_wanted(change: Deploy | ConfigChange | Unfit, window: Window, services: Sequence[str]) -> bool:
    if isinstance(change, Unfit):
        return True
    moment = change.started_at if isinstance(change, Deploy) else change.applied_at
    return moment in window and (not services or change.scope in services)


def changes(api: Api, window: Window, services: Sequence[str]) -> Yields:
    """Change events of a window, one record for each service they name."""
    found = parsed("config_changes", change_of, _by_service(recent(api, window, "change_events")))
    yield from (change for change in found if _is_wanted(change, window, services))
