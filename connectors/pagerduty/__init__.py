"""PagerDuty: incidents as pages with their log entries, on-call schedules, users, change events. A read-only REST API key is enough.

EU accounts set the connection's host to https://api.eu.pagerduty.com. Person and scope are PagerDuty's ids, schedules go by name.
"""

from collections.abc import Sequence
from datetime import timedelta

from connectors.http import Api, Connection, Vendor
from connectors.pagerduty.changes import changes
from connectors.pagerduty.lists import Item, everything, key_of
from connectors.pagerduty.pages import pages
from connectors.pagerduty.schedules import shifts
from connectors.paging import at
from connectors.parse import parsed
from connectors.registry import Yields, source
from connectors.web.waiting import reset_in
from connectors.zones import zone_of
from signals.records import Person
from signals.windows import Window


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
    return Person(native_id=key_of(item, "user"), zone=zone_of(item.get("time_zone")))


def _people(api: Api) -> Yields:
    """The users. One whose zone nobody knows is kept without it, and the zone is named in `api.degraded`."""
    unknown: dict[str, list[str]] = {}
    for item in everything(api, "users"):
        yield from parsed("people", person_of, [item])
        name = at(item, "time_zone")
        if name and zone_of(name) is None:
            unknown.setdefault(str(name), []).append(str(at(item, "id")))
    if unknown:
        named = "; ".join(f"{name!r} of {', '.join(keys[:5])}{' and more' if len(keys) > 5 else ''}" for name, keys in sorted(unknown.items()))
        api.degraded["time zones of users"] = f"pagerduty: neither an IANA nor a Rails name: {named}. Their schedule's zone counts instead"


@source(
    "pagerduty",
    kinds=("pages", "interruptions", "incidents", "shifts", "people", "config_changes", "deploys"),
    vendor=VENDOR,
    look_back=timedelta(days=1),
    history=timedelta(days=84),
)
def pull(api: Api, window: Window, *, services: Sequence[str] = (), schedules: Sequence[str] = (), level: int = 1) -> Yields:
    """Everything of the window; of `services` and `schedules` (ids) alone where any are named. `level`: of schedules no escalation policy calls."""
    yield from _people(api)
    yield from pages(api, window, services)
    with api.scope("change_events"):
        yield from changes(api, window, services)
    yield from shifts(api, window, schedules, level)
