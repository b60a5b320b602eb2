"""What the log entries of a PagerDuty incident say: who acted, when, what it was given. Fields may be null, as those of deleted users are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.pagerduty.lists import Item, moment_of
from connectors.paging import at
from connectors.parse import instant, maybe_instant

_AT_ONCE = timedelta(seconds=1)  # what is written in less time than this happened together
_NOTIFY = "notify_log_entry"
_HANDED_ON = ("assign", "delegate", "reassign", "escalate")
_BY_HAND = {"website", "mobile", "sms", "phone", "email"}  # channels of people, for entries of users who are gone


def is_by_person(entry: Item) -> bool:
    """Whether a person did it; one whose user was deleted is no longer named."""
    agent = entry.get("agent")
    if agent is None:
        return at(entry, "channel.type") in _BY_HAND
    return isinstance(agent, dict) and str(agent.get("type")).startswith("user")


def people_in(entries: Sequence[Item]) -> list[str]:
    """The ids of the people who acted, each once, in order."""
    named = [at(entry, "agent.id") for entry in entries if is_by_person(entry)]
    return list(dict.fromkeys(key for key in named if isinstance(key, str)))


def of_type(story: Sequence[Item], *names: str) -> list[Item]:
    """The entries of a story that are one of these types."""
    return [entry for entry in story if entry["type"][: -len("_log_entry")] in names]


def moments(story: Iterable[Item]) -> int:
    """How often it happened: what goes to several targets at once has an entry for each."""
    begun: list[datetime] = []
    for moment in filter(None, map(moment_of, story)):
        if not begun or moment - begun[-1] >= _AT_ONCE:
            begun.append(moment)
    return len(begun)


def handed_on(item: Item, story: Sequence[Item]) -> list[Item]:
    """The entries that gave the incident to somebody else than before; whom it first went to is no such one."""
    begun = moment_of(item)
    return [entry for entry in of_type(story, *_HANDED_ON) if not ((at := moment_of(entry)) and begun and abs(at - begun) < _AT_ONCE)]


def resolver(item: Item, story: Sequence[Item]) -> str | None:
    """Who resolved it: human, timeout (the service's auto-resolve) or integration."""
    if item.get("status") != "resolved":
        return None
    last = (of_type(story, "resolve") or [{"agent": item.get("last_status_change_by") or {}}])[-1]
    if is_by_person(last):
        return "human"
    return "timeout" if at(last, "channel.type") == "timeout" else "integration"


def ids_in(references: Any, path: str = "id") -> list[str]:
    """The ids in a list of references, without those that are null."""
    return [key for reference in references or () if isinstance(key := at(reference, path), str)]


def engaged(item: Item, story: Sequence[Item]) -> tuple[str, ...]:
    """Who acknowledged it or joined when asked to."""
    joined = [responder for responder in item.get("incidents_responders") or () if at(responder, "state") == "joined"]
    return tuple(dict.fromkeys((*people_in(of_type(story, "acknowledge")), *ids_in(joined, "user.id"))))


def name_of(priority: Any) -> str | None:
    """What a priority is called, None for no priority or one without a name."""
    name = priority.get("name") or priority.get("summary") if isinstance(priority, dict) else None
    return name if isinstance(name, str) else None


def priorities(item: Item, changes: Sequence[Item]) -> list[str]:
    """The names of the priorities an incident had by their changes, in order, the present one last."""
    given = [at(entry, f"channel.{which}_priority") for n, entry in enumerate(changes) for which in (("new",) if n else ("old", "new"))]
    return [name for priority in (*given, item.get("priority")) if (name := name_of(priority))]


def told(item: Item, entries: Iterable[Item]) -> tuple[list[Item], datetime]:
    """(the entries oldest first, when the incident last changed). Calling people changes nothing and is told by itself."""
    dated = [(moment_of(entry), entry) for entry in entries if entry.get("type") not in (None, _NOTIFY)]
    read = sorted(((moment, str(entry.get("id")), entry) for moment, entry in dated if moment), key=lambda one: one[:2])
    changed_at = maybe_instant(item.get("updated_at")) or instant(item["created_at"])
    return [entry for *_, entry in read], max([changed_at, *(moment for moment, *_ in read[-1:])])


def resolved_at(item: Item, story: Sequence[Item]) -> datetime | None:
    """When a resolved incident was resolved; None where nothing tells."""
    entries = [entry["created_at"] for entry in reversed(of_type(story, "resolve"))]
    told = (item.get("resolved_at"), *entries, item.get("last_status_change_at"))
    return next((at for text in told if (at := maybe_instant(text))), None)
