"""Taking a person out of the warehouse, and keeping them out when their records are fetched again."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from pipeline.settings import Settings
from pipeline.signals import Commit, ConfigChange, Deploy, Incident, Interruption, Page, Person, PullRequest, Record, Review, Shift, Snapshot, Unfit
from warehouse.store import Store

ERASED = "erased"

# Where a record names people: one, or a list of them.
PEOPLE: dict[type[Record], tuple[str, ...]] = {
    Commit: ("author", "co_authors"),
    PullRequest: ("author", "reviewers"),
    ConfigChange: ("actor",),
    Deploy: ("actor",),
    Page: ("acknowledged_by", "engaged"),
    Interruption: ("person",),
    Incident: ("engaged",),
    Shift: ("person",),
    Person: ("native_id",),
    Review: ("attendees",),
}
IsErased = Callable[[str], bool]


def erase(settings: Settings, store: Store, person: str) -> dict[str, Any]:
    """Replace every name soundings.toml knows for the person (and the one given) by `erased`, raw records included.

    Only keyed hashes of the names are kept, so that a later fetch can be told to leave them out. Take the person out of
    soundings.toml, too. Findings are worked out anew by the next derive.
    """
    known = settings.file.people.get(person)
    names = {person, *(known.identities if known else ())}
    kept = json.loads(store.fact(ERASED) or "null") or {"salt": secrets.token_hex(16), "hashes": []}
    kept["hashes"] = sorted({*kept["hashes"], *(_hash(kept["salt"], name) for name in names)})
    store.remember(ERASED, json.dumps(kept))
    return {"names": len(names), "rows": store.forget(names, ERASED)}


def forgotten(store: Store) -> IsErased | None:
    """Whether a name was erased; None where nobody was, so that landing need not look."""
    kept = json.loads(store.fact(ERASED) or "null")
    if not kept:
        return None
    hashes, salt = frozenset(kept["hashes"]), kept["salt"]
    return lru_cache(maxsize=100_000)(lambda name: _hash(salt, name) in hashes)


def without(is_erased: IsErased | None, records: Iterable[Record | Unfit | Snapshot]) -> Iterable[Record | Unfit | Snapshot]:
    """The same records with erased people as `erased` and without the raw form that would still name them."""
    return records if is_erased is None else _without(is_erased, records)


def _without(is_erased: IsErased, records: Iterable[Record | Unfit | Snapshot]) -> Iterator[Record | Unfit | Snapshot]:
    for record in records:
        if not isinstance(record, Record):
            yield record
            continue
        changes = {field: _cleaned(getattr(record, field), is_erased) for field in PEOPLE[type(record)]}
        changes = {field: value for field, value in changes.items() if value != getattr(record, field)}
        yield replace(record, raw=None, **changes) if changes else record


def _cleaned(value: Any, is_erased: IsErased) -> Any:
    if isinstance(value, tuple):
        return tuple(_cleaned(name, is_erased) for name in value)
    return ERASED if value is not None and is_erased(value) else value


def _hash(salt: str, name: str) -> str:
    return blake2b(name.casefold().encode("utf-8", "replace"), key=bytes.fromhex(salt), digest_size=16).hexdigest()
