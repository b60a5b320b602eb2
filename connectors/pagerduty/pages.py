"""PagerDuty's incidents as pages, what its log entries say about them, and the incidents among them that somebody gave a priority.

Incidents are listed by the time they were created; `/log_entries` is the change feed. A page is told from all of its log entries: those of an
incident that was created and finished inside the part being read came with the feed; one that lies across an edge is read by itself, so that
every window that touches it gives the same record, whatever order windows are read in. Its `triggered_at` may then lie before the window;
`changed_at_source` says when it last changed.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.http import Api
from connectors.pagerduty.lists import Item, everything, is_outside, key_of, moment_of, recent
from connectors.pagerduty.stories import (
    engaged,
    handed_on,
    ids_in,
    is_by_person,
    moments,
    name_of,
    of_type,
    people_in,
    priorities,
    resolved_at,
    resolver,
    told,
)
from connectors.paging import at
from connectors.parse import instant, maybe_instant, parsed
from connectors.reasons import REMEDY
from connectors.registry import Yielded, Yields
from signals.pulled import Unfit
from signals.records import Incident, Interruption, Page
from signals.windows import Window

_PART = timedelta(days=21)  # several are read at once; the log entries of each are held in memory until its incidents have come
Stories = dict[str, list[Item]]  # incident id -> log entries


def page_of(item: Item, entries: Iterable[Item]) -> Page:
    """A page. `scope` is the service's id.

    `escalations` counts the moments it went on by timeout, `reassignments` those at which a person handed it on; whom it first went to is neither.
    """
    story, changed_at = told(item, entries)
    acknowledged = of_type(story, "acknowledge")[:1]
    handed = handed_on(item, story)
    by_person = [entry for entry in handed if is_by_person(entry)]
    escalated = [entry for entry in of_type(handed, "escalate") if not is_by_person(entry)]
    resolved_by_kind = resolver(item, story)
    return Page(
        native_id=key_of(item),
        scope=at(item, "service.id"),
        url=item.get("html_url"),
        raw=item,
        changed_at_source=changed_at,
        title=item.get("title") or item.get("summary") or "",
        triggered_at=instant(item["created_at"]),
        alert_key=item.get("incident_key"),
        urgency=item.get("urgency"),
        severity=name_of(item.get("priority")),
        acknowledged_at=moment_of(acknowledged[0]) if acknowledged else None,
        acknowledged_by=next(iter(people_in(acknowledged)), None),
        resolved_at=resolved_at(item, story) if resolved_by_kind else None,
        resolved_by_kind=resolved_by_kind,
        engaged=engaged(item, story),
        teams=tuple(ids_in(item.get("teams"))),
        escalations=moments(escalated),
        reassignments=moments(by_person),
        incident_id=key_of(item) if priorities(item, of_type(story, "priority_change")) else None,
        has_note=bool(of_type(story, "annotate")),
    )


def incident_of(item: Item, entries: Iterable[Item], ranks: Mapping[str, int]) -> Incident:
    """The declared incident behind a page that has, or had, a priority. It was declared when it was first given one."""
    story, changed_at = told(item, entries)
    changes = of_type(story, "priority_change")
    names = priorities(item, changes)
    declared = changes[0] if changes and not at(changes[0], "channel.old_priority") else item
    return Incident(
        native_id=key_of(item),
        scope=at(item, "service.id"),
        url=item.get("html_url"),
        changed_at_source=changed_at,
        title=item.get("title") or item.get("summary") or "",
        declared_at=instant(declared["created_at"]),
        severity_initial=names[0],
        severity_max=min(names, key=lambda name: (ranks.get(name, len(ranks)), name)),
        severity_final=names[-1] if item.get("priority") else None,
        severity_changed_at=instant(changes[-1]["created_at"]) if changes else None,
        status=item.get("status"),
        resolved_at=maybe_instant(item.get("resolved_at")),
        engaged=engaged(item, story),
        teams=tuple(ids_in(item.get("teams"))),
    )


def interruption_of(entry: Item) -> Interruption:
    """One notification of one person. The address it went to is left out."""
    kind = at(entry, "channel.notification.type") or at(entry, "channel.type")
    return Interruption(
        native_id=key_of(entry),
        scope=at(entry, "service.id"),
        person=key_of(entry.get("user"), "user"),
        sent_at=instant(entry["created_at"]),
        page_id=at(entry, "incident.id"),
        channel=kind.removesuffix("_notification") if isinstance(kind, str) else None,
    )


def _records(item: Any, entries: Sequence[Item], ranks: Mapping[str, int]) -> Yields:
    for page in parsed("pages", page_of, [item], entries):
        yield page
        if isinstance(page, Page) and page.incident_id:
            yield from parsed("incidents", incident_of, [item], entries, ranks)


def _feed(api: Api, window: Window, services: Container[str], stories: Stories) -> Iterator[Interruption | Unfit]:
    """The log entries of a window: interruptions as they come, everything else gathered into `stories`."""
    for entry in recent(api, window, "log_entries", time_zone="UTC", **{"include[]": ["channels"]}):
        match entry:
            case {"service": {"id": str(service)}} if services and service not in services:
                continue
            case {"id": str(), "incident": {"id": str()}, "type": "notify_log_entry"}:
                yield from (one for one in parsed("interruptions", interruption_of, [entry]) if isinstance(one, Unfit) or one.sent_at in window)
            case {"id": str()} if is_outside(entry, window):
                continue
            case {"id": str(), "incident": {"id": str(incident)}, "type": str(kind)} if incident and kind.endswith("_log_entry") and moment_of(entry):
                stories.setdefault(incident, []).append(entry)
            case _:
                yield Unfit("pages", f"a log entry without id, incident, time or the type of one. {REMEDY}", entry)


def _whole_story(api: Api, incident: str) -> tuple[Any, list[Item]]:
    """(the incident as it is now, all of its log entries)."""
    asked: dict[str, Any] = {"time_zone": "UTC", "include[]": ["incidents", "channels"]}
    entries = [entry for entry in everything(api, "incidents", incident, "log_entries", **asked) if isinstance(entry, dict)]
    return next((found for entry in entries if isinstance(found := entry.get("incident"), dict)), None), entries


Alone = dict[str, Any]  # incidents to be read by themselves -> the incident where it was listed


def _part(api: Api, window: Window, services: Sequence[str], ranks: Mapping[str, int], alone: Alone) -> Yields:
    """The pages created and finished in a window. One that changed outside of it as well, or may have, is to be read alone."""
    stories: Stories = {}
    yield from _feed(api, window, services, stories)
    asked = {"service_ids[]": list(services)} if services else {}
    listed: dict[str, datetime | None] = {}  # when each says it was changed
    for item in recent(api, window, "incidents", time_zone="UTC", sort_by="created_at:asc", **asked):
        match item:
            case {"id": str(key)} if key and not is_outside(item, window):
                changed_at, known = moment_of(item, "updated_at"), listed.get(key)
                if changed_at and known and changed_at < known:
                    continue
                if changed_at and changed_at in window and key not in listed:
                    yield from _records(item, stories.pop(key, []), ranks)
                else:
                    alone[key] = item
                listed[key] = changed_at
            case {"id": str(key)} if key:
                continue
            case _:
                yield Unfit("pages", f"an incident without an id. {REMEDY}", item)
    for key in stories:
        alone.setdefault(key, None)


def _alone(api: Api, key: str, item: Any, ranks: Mapping[str, int]) -> list[Yielded]:
    """One page from all of its log entries."""
    records: list[Yielded] = []
    with api.scope(f"incident {key}"):
        found, entries = _whole_story(api, key)
        if item or found:
            records.extend(_records(item or found, entries, ranks))
        else:
            records.append(Unfit("pages", "its log entries no longer tell of an incident: was it deleted?", entries, key))
    return records


def pages(api: Api, window: Window, services: Sequence[str]) -> Yields:
    """Pages, declared incidents and interruptions; of all services where none is named."""
    ranks: dict[str, int] = {}
    with api.scope("priorities"):
        names = [item.get("name") for item in everything(api, "priorities") if isinstance(item, dict)]
        ranks = {str(name): rank for rank, name in enumerate(names)}
    alone: Alone = {}
    yield from api.streams(lambda part: _part(api, part, services, ranks, alone), window.chunks(_PART), workers=8)
    for records in api.over(lambda key: _alone(api, key, alone[key], ranks), sorted(alone)):
        yield from records
