"""PagerDuty: incidents as pages with their log entries, on-call schedules, users, change events. A read-only REST API key is enough.

EU accounts set the connection's host to https://api.eu.pagerduty.com. A person is the PagerDuty user id, the scope of a page the service id.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from connectors.http import Api, Connection, Vendor
from connectors.pagerduty.lists import Item, everything, recent
from connectors.pagerduty.pages import pages
from connectors.pagerduty.schedules import shifts
from connectors.pagerduty.zones import zone_of
from connectors.parse import instant, parsed
from connectors.registry import Yields, source
from connectors.web.waiting import reset_in
from pipeline.signals import ConfigChange, Deploy, Person, Unfit, Window

_STATES = {"success", "failed", "cancelled", "running", "superseded"}


def _key(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Token token={connection.secret}"}


VENDOR = Vendor(
    name="PagerDuty",
    base_url="https://api.pagerduty.com",
    auth=_key,
    headers={"Accept": "application/vnd.pagerduty+json;version=2"},
    requests_per_minute=900,  # of 960 (docs/REST-API/04-Rate-Limits.md): other tools share the key
    wait=reset_in("ratelimit-reset"),
)


def person_of(item: Item) -> Person:
    """A user: id and zone, nothing else."""
    return Person(native_id=item["id"], zone=zone_of(item.get("time_zone")))


def change_of(item: Item) -> Deploy | ConfigChange:
    """A change event. Details that name a version and an environment make it a deploy; otherwise all that is known is that something changed."""
    details, service = item.get("custom_details") or {}, (item["service"] or {}).get("id")
    said: dict[str, Any] = {
        "native_id": f"{item['id']}@{service}" if item["is_shared"] else item["id"],
        "scope": service,
        "url": next((link["href"] for link in item.get("links") or ()), None),
        "raw": {name: value for name, value in item.items() if name not in {"service", "is_shared"}},
        "title": item["summary"],
        "environment": details.get("environment"),
    }
    if details.get("version") and details.get("environment"):
        status = details.get("status")
        started_at, sha = instant(item["timestamp"]), details.get("commit")
        return Deploy(
            **said, version=str(details["version"]), started_at=started_at, status=status if status in _STATES else "success", commit_sha=sha
        )
    return ConfigChange(**said, system=item.get("source") or "PagerDuty", target=item["summary"], applied_at=instant(item["timestamp"]))


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


@source(
    "pagerduty",
    kinds=("pages", "interruptions", "incidents", "shifts", "people", "config_changes", "deploys"),
    vendor=VENDOR,
    look_back=timedelta(days=1),
    history=timedelta(days=84),
)
def pull(api: Api, window: Window, *, services: Sequence[str] = (), schedules: Sequence[str] = (), level: int = 1) -> Yields:
    """Everything of the window; of `services` and `schedules` (ids) alone where any are named. `level`: of schedules no escalation policy calls."""
    yield from parsed("people", person_of, everything(api, "users"))
    yield from pages(api, window, services)
    with api.scope("change_events"):
        yield from changes(api, window, services)
    yield from shifts(api, window, schedules, level)
