"""What the log entries of a PagerDuty incident say: who acted, when, what it was given. Fields may be null, as those of deleted users are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.pagerduty.lists import Item
from connectors.paging import at
from connectors.parse import maybe_instant

_NOTIFY = "notify_log_entry"
HANDED_ON = ("assign", "delegate", "reassign", "escalate")
_BY_HAND = {"website", "mobile", "sms", "phone", "email"}  # channels of people, for entries of users who are gone


def is_by_person(entry: Item) -> bool:
    """Whether a person did it; one whose user was deleted is no longer named."""
    if entry.get("agent") is None:
        return at(entry, "channel.type") in _BY_HAND
    return str(at(entry, "agent.type")).startswith("user")


def people_in(entries: Sequence[Item]) -> list[str]:
    """The ids of the people who acted, each once, in order."""
    named = [at(entry, "agent.id") for entry in entries if is_by_person(entry)]
    return list(dict.fromkeys(key for key in named if isinstance(key, str)))


def of_type(story: Sequence[Item], *names: str) -> list[Item]:
    """The entries of a story that are one of these types."""
    return [entry for entry in story if entry["type"].removesuffix("_log_entry") in names]


def moments(entries: Iterable[Item]) -> set[str]:
    """When it happened: what goes to several targets at once has an entry for each."""
    return {entry["created_at"] for entry in entries}


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
    found = [at(reference, path) for reference in references or ()]
    return [key for key in found if isinstance(key, str)]


def engaged(item: Item, story: Sequence[Item]) -> tuple[str, ...]:
    """Who acknowledged it or joined when asked to."""
    joined = [responder for responder in item.get("incidents_responders") or () if at(responder, "state") == "joined"]
    return tuple(dict.fromkeys((*people_in(of_type(story, "acknowledge")), *ids_in(joined, "user.id"))))


def priorities(item: Item, story: Sequence[Item]) -> list[str]:
    """The names of the priorities it had, in order, the present one last."""
    changes = [entry.get("channel") for entry in of_type(story, "priority_change")]
    given = [*(at(change, "old_priority") for change in changes[:1]), *(at(change, "new_priority") for change in changes), item.get("priority")]
    named = [at(priority, "name") or at(priority, "summary") for priority in given]
    return [name for name in named if isinstance(name, str)]


def told(item: Item, entries: Iterable[Item]) -> tuple[list[Item], str]:
    """(the entries oldest first, when the incident last changed). Calling people changes nothing and is told by itself."""
    read = [entry for entry in entries if isinstance(entry.get("type"), str) and isinstance(entry.get("created_at"), str)]
    story = sorted((entry for entry in read if entry["type"] != _NOTIFY), key=lambda entry: (entry["created_at"], str(entry.get("id"))))
    return story, max(item.get("updated_at") or item["created_at"], *(entry["created_at"] for entry in story[-1:]), "")


def resolved_at(item: Item, story: Sequence[Item]) -> datetime | None:
    """When a resolved incident was resolved; None where nothing tells."""
    last = next((entry["created_at"] for entry in reversed(of_type(story, "resolve"))), None)
    return maybe_instant(item.get("resolved_at") or last or item.get("last_status_change_at"))
