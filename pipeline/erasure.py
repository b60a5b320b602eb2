"""Taking a person out of the warehouse, and keeping them out when their records are fetched again."""

import html
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import quote

from pipeline.clock import now
from pipeline.settings import Settings
from pipeline.signals import Outside, Record, Remark, Snapshot, Unfit
from warehouse.store import Store

ERASED = "erased"

Yielded = Record | Unfit | Snapshot | Outside | Remark
Y = TypeVar("Y", bound=Yielded)
Scrub = Callable[[str], str]  # a text -> the same text with `erased` in place of every erased name

_WORD = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")


def erase(settings: Settings, store: Store, person: str) -> dict[str, int]:
    """Replace every name soundings.toml knows for the person (and the one given) by `erased`, wherever a text has it.

    Raw records that name the person are cleared, their stretches withdrawn. Only keyed hashes of the names are kept, so that a later fetch can be
    told to leave them out. Reports and tickets written before stay as they are; take the person out of soundings.toml, too. Findings are worked
    out anew by the next derive. Raises ValueError for a name without a letter or digit.
    """
    known = settings.file.people.get(person)
    names = {person, *(known.identities if known else ())}
    if wordless := [name for name in names if not _WORD.search(name)]:
        message = f"{wordless[0]!r} has no letter and no digit, so it would be found everywhere; give a name"
        raise ValueError(message)
    forms = {form for name in names for form in (name, quote(name, safe=""), html.escape(name))}
    kept = json.loads(store.fact(ERASED) or "null") or {"salt": secrets.token_hex(16), "hashes": [], "words": 0}
    kept["hashes"] = sorted({*kept["hashes"], *(_hash(kept["salt"], _trimmed(form)) for form in forms)})
    kept["words"] = max(kept["words"], *(len(_WORD.findall(form)) for form in forms))
    store.remember(ERASED, json.dumps(kept))
    return {"names": len(names), "rows": store.forget(_scrub(kept), now=now())}


def forgotten(store: Store) -> Scrub | None:
    """What takes erased names out of a text; None where nobody was erased, so that landing need not look."""
    kept = json.loads(store.fact(ERASED) or "null")
    return _scrub(kept) if kept else None


def without(scrub: Scrub | None, records: Iterable[Yielded]) -> Iterable[Yielded]:
    """The same records without erased names, and without the raw form of those that had one."""
    return records if scrub is None else (_without(scrub, record) for record in records)


def _without(scrub: Scrub, record: Y) -> Y:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    raw = values.pop("raw", None)
    changes: dict[str, Any] = {name: cleaned for name, value in values.items() if (cleaned := _cleaned(scrub, value)) != value}
    if raw is not None and (changes or any(scrub(text) != text for text in _texts(raw))):
        changes["raw"] = None
    return replace(record, **changes) if changes else record


def _cleaned(scrub: Scrub, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_cleaned(scrub, item) for item in value)
    return scrub(value) if isinstance(value, str) else value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a vendor's record, keys too, however deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item


def _scrub(kept: Mapping[str, Any]) -> Scrub:
    salt, hashes, most_words = kept["salt"], frozenset(kept["hashes"]), kept["words"]
    is_erased = lru_cache(maxsize=200_000)(lambda text: _hash(salt, text) in hashes)

    def scrub(text: str) -> str:
        words = [word.span() for word in _WORD.finditer(text)]
        pieces, at = list[str](), 0
        for place, (start, _) in enumerate(words):
            ends = [end for _, end in words[place : place + most_words] if start >= at and is_erased(text[start:end])]
            if ends:
                pieces += [text[at:start], ERASED]
                at = ends[-1]
        return "".join([*pieces, text[at:]])

    return scrub


def _trimmed(name: str) -> str:
    """From the first letter or digit to the last, which is what is looked at in a text."""
    spans = [word.span() for word in _WORD.finditer(name)]
    return name[spans[0][0] : spans[-1][1]]


def _hash(salt: str, name: str) -> str:
    """The same for every way to write the name: small or capital letters, wide spaces, composed or not."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return blake2b(plain.encode("utf-8", "replace"), key=bytes.fromhex(salt), digest_size=16).hexdigest()
