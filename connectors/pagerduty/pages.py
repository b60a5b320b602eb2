"""PagerDuty's incidents as pages, what its log entries say about them, and the incidents among them that somebody gave a priority.

Incidents are listed by the time they were created; `/log_entries` is the change feed. A page is told from all of its log entries: those of an
incident that was created and finished inside the part being read came with the feed; one that lies across an edge is read by itself, so that
every window that touches it gives the same record, whatever order windows are read in. Its `triggered_at` may then lie before the window;
`changed_at_source` says when it last changed.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.http import Api
from connectors.pagerduty.lists import Item, everything, is_in, recent
from connectors.paging import at
from connectors.parse import instant, maybe_instant, parsed
from connectors.reasons import REMEDY
from connectors.registry import Yielded, Yields
from pipeline.signals import Incident, Interruption, Page, Unfit, Window

_PART = timedelta(days=21)  # several are read at once; the log entries of each are held in memory until its incidents have come
Stories = dict[str, dict[str, Item]]  # incident id -> log entry id -> log entry


def _is_person(agent: Any) -> bool:
    """Whether a user did it; what PagerDuty did by itself may have no agent at all."""
    return str(at(agent, "type")).startswith("user") and isinstance(at(agent, "id"), str)


def _people(entries: Sequence[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry["agent"]["id"] for entry in entries if _is_person(entry.get("agent"))))


def _of_type(story: Sequence[Item], *names: str) -> list[Item]:
    return [entry for entry in story if entry["type"].removesuffix("_log_entry") in names]


def _resolver(item: Item, story: Sequence[Item]) -> str | None:
    """Who resolved it: human, timeout (the service's auto-resolve) or integration."""
    if item["status"] != "resolved":
        return None
    last = (_of_type(story, "resolve") or [{"agent": item.get("last_status_change_by")}])[-1]
    if _is_person(last.get("agent")):
        return "human"
    return "timeout" if at(last, "channel.type") == "timeout" else "integration"


def _engaged(item: Item, story: Sequence[Item]) -> tuple[str, ...]:
    joined = [responder["user"]["id"] for responder in item.get("incidents_responders") or () if responder["state"] == "joined"]
    return tuple(dict.fromkeys((*_people(_of_type(story, "acknowledge")), *joined)))


def _priorities(item: Item, story: Sequence[Item]) -> list[str]:
    """The names of the priorities it had, in order, the present one last."""
    changes = [entry.get("channel") or {} for entry in _of_type(story, "priority_change")]
    named = [*(change.get("old_priority") for change in changes[:1]), *(change.get("new_priority") for change in changes), item.get("priority")]
    return [priority.get("name") or priority["summary"] for priority in named if priority]


def _told(item: Item, entries: Mapping[str, Item]) -> tuple[list[Item], str]:
    """(the entries oldest first, when the incident last changed)."""
    story = sorted(entries.values(), key=lambda entry: (entry["created_at"], entry["id"]))
    return story, max(item.get("updated_at") or item["created_at"], *(entry["created_at"] for entry in story[-1:]), "")


def page_of(item: Item, entries: Mapping[str, Item]) -> Page:
    """A page. `escalations` counts those by timeout, `reassignments` every time a person handed it on. `scope` is the service's id."""
    story, changed_at = _told(item, entries)
    acknowledged = _of_type(story, "acknowledge")[:1]
    handed_on = _of_type(story, "assign", "delegate", "reassign", "escalate")
    by_person = [entry for entry in handed_on if _is_person(entry.get("agent"))]
    escalated = [entry for entry in _of_type(story, "escalate") if entry not in by_person]
    resolved_by_kind = _resolver(item, story)
    return Page(
        native_id=item["id"],
        scope=at(item, "service.id"),
        url=item.get("html_url"),
        raw=item,
        changed_at_source=instant(changed_at),
        title=item.get("title") or "",
        triggered_at=instant(item["created_at"]),
        alert_key=item.get("incident_key"),
        urgency=item.get("urgency"),
        severity=next(iter(_priorities(item, ())), None),
        acknowledged_at=instant(acknowledged[0]["created_at"]) if acknowledged else None,
        acknowledged_by=next(iter(_people(acknowledged)), None),
        resolved_at=instant(item.get("resolved_at") or item["last_status_change_at"]) if resolved_by_kind else None,
        resolved_by_kind=resolved_by_kind,
        engaged=_engaged(item, story),
        teams=tuple(team["id"] for team in item.get("teams") or ()),
        escalations=len(escalated),
        reassignments=len(by_person),
        incident_id=item["id"] if _priorities(item, story) else None,
        has_note=bool(_of_type(story, "annotate")),
    )


def incident_of(item: Item, entries: Mapping[str, Item], ranks: Mapping[str, int]) -> Incident:
    """The declared incident behind a page that has, or had, a priority. It was declared when it was first given one."""
    story, changed_at = _told(item, entries)
    names, changes = _priorities(item, story), _of_type(story, "priority_change")
    declared = changes[0] if changes and not at(changes[0], "channel.old_priority") else item
    return Incident(
        native_id=item["id"],
        scope=at(item, "service.id"),
        url=item.get("html_url"),
        changed_at_source=instant(changed_at),
        title=item.get("title") or "",
        declared_at=instant(declared["created_at"]),
        severity_initial=names[0],
        severity_max=min(names, key=lambda name: (ranks.get(name, len(ranks)), name)),
        severity_final=names[-1] if item.get("priority") else None,
        severity_changed_at=instant(changes[-1]["created_at"]) if changes else None,
        status=item["status"],
        resolved_at=maybe_instant(item.get("resolved_at")),
        engaged=_engaged(item, story),
        teams=tuple(team["id"] for team in item.get("teams") or ()),
    )


def interruption_of(entry: Item) -> Interruption:
    """One notification of one person. The address it went to is left out."""
    kind = at(entry, "channel.notification.type") or at(entry, "channel.type")
    return Interruption(
        native_id=entry["id"],
        scope=at(entry, "service.id"),
        person=entry["user"]["id"],
        sent_at=instant(entry["created_at"]),
        page_id=entry["incident"]["id"],
        channel=kind and kind.removesuffix("_notification"),
    )


def _records(item: Any, entries: Mapping[str, Item], ranks: Mapping[str, int]) -> Yields:
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
            case {"id": str(), "created_at": str(at)} if not is_in(at, window):
                continue
            case {"id": str(key), "incident": {"id": str(incident)}, "type": str(kind)} if kind.endswith("_log_entry"):
                stories.setdefault(incident, {})[key] = entry
            case _:
                yield Unfit("pages", f"a log entry without id, incident or the type of one. {REMEDY}", entry)


def _whole_story(api: Api, incident: str) -> tuple[Any, dict[str, Item]]:
    """(the incident as it is now, all of its log entries)."""
    asked: dict[str, Any] = {"time_zone": "UTC", "include[]": ["incidents", "channels"]}
    entries = [entry for entry in everything(api, "incidents", incident, "log_entries", **asked) if isinstance(entry, dict)]
    return next((entry.get("incident") for entry in entries), None), {str(entry.get("id")): entry for entry in entries}


@dataclass(slots=True)
class _Met:
    """What the parts of a window have met: the incidents `told`, and those to be read `alone`, with the incident where it was listed."""

    told: set[str] = field(default_factory=set)
    alone: dict[str, Any] = field(default_factory=dict)


def _part(api: Api, window: Window, services: Sequence[str], ranks: Mapping[str, int], met: _Met) -> Yields:
    """The pages created and finished in a window."""
    stories: Stories = {}
    yield from _feed(api, window, services, stories)
    asked = {"service_ids[]": list(services)} if services else {}
    for item in recent(api, window, "incidents", time_zone="UTC", sort_by="created_at:asc", **asked):
        match item:
            case {"created_at": str(at)} if not is_in(at, window):
                continue
            case {"id": str(key)} if is_in(item.get("updated_at") or item.get("last_status_change_at"), window):
                met.told.add(key)
                yield from _records(item, stories.pop(key, {}), ranks)
            case {"id": str(key)}:
                met.alone[key] = item
            case _:
                yield Unfit("pages", f"an incident without an id. {REMEDY}", item)
    for key in stories:
        met.alone.setdefault(key, None)


def _alone(api: Api, key: str, item: Any, ranks: Mapping[str, int]) -> list[Yielded]:
    """One page from all of its log entries."""
    records: list[Yielded] = []
    with api.scope(f"incident {key}"):
        found, entries = _whole_story(api, key)
        records.extend(_records(item or found, entries, ranks))
    return records


def pages(api: Api, window: Window, services: Sequence[str]) -> Yields:
    """Pages, declared incidents and interruptions; of all services where none is named."""
    ranks: dict[str, int] = {}
    with api.scope("priorities"):
        names = [item.get("name") for item in everything(api, "priorities") if isinstance(item, dict)]
        ranks = {str(name): rank for rank, name in enumerate(names)}
    met = _Met()
    yield from api.streams(lambda part: _part(api, part, services, ranks, met), window.chunks(_PART), workers=8)
    for records in api.over(lambda key: _alone(api, key, met.alone[key], ranks), sorted(met.alone.keys() - met.told)):
        yield from records
