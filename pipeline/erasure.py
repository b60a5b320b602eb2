"""Taking a person out of the warehouse, and keeping them out when their records are fetched again."""

import html
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import quote

from signals.clock import now
from signals.pulled import Outside, Snapshot, Unfit
from signals.record import ID_CHARACTERS, Record
from warehouse.forgetting import ERASED, Counts, Leaving, Scrub, people_of
from warehouse.store import Store

__all__ = ["ERASED", "Names", "erase", "forgotten", "leaving", "without"]

Yielded = Record | Unfit | Snapshot | Outside
Y = TypeVar("Y", bound=Yielded)

_WORD = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")
_LETTER = re.compile(r"[^\W\d_]")
_APOSTROPHES = "'\u2019\u02bc"  # as keyboards, word processors and dictionaries write it


@dataclass(frozen=True, slots=True)
class Names:
    """What a person is called: `identities` stand in columns of identities, `in_texts` are looked for in every text as well."""

    identities: frozenset[str]
    in_texts: frozenset[str] = frozenset()


def erase(store: Store, names: Names) -> Counts:
    """Put `erased` in place of the names, and clear raw records that name the person; what was changed, by table and column.

    Only keyed hashes of the names are kept, so that a later fetch can be told to leave them out. Reports and tickets written before stay as they
    are. Findings are worked out anew by the next derive. Raises ValueError for a name in texts without a letter or digit.
    """
    store.remember(ERASED, json.dumps(_with(_kept(store), names)))
    return store.forget(leaving(names), now=now())


def leaving(names: Names) -> Leaving:
    """Those who are called so. Most texts are ASCII and do not hold the first word of a name: those need no look at every word."""
    looked_for = _leaving(_with(_kept(None), names))
    first = {_plain(_WORD.findall(form)[0]) for form in _forms(name for name in names.identities | names.in_texts if _WORD.search(name))}
    is_likely = re.compile("|".join(re.escape(word) for word in first if word.isascii()) or "(?!)", re.IGNORECASE)

    def quick(scrub: Scrub) -> Scrub:
        return lambda text: text if text.isascii() and not is_likely.search(text) else scrub(text)

    return replace(looked_for, unnamed=quick(looked_for.unnamed), texts=quick(looked_for.texts))


def forgotten(store: Store) -> Leaving | None:
    """Who was erased; None where nobody was, so that landing need not look."""
    return _leaving(_kept(store)) if store.fact(ERASED) else None


def without(leaving: Leaving | None, records: Iterable[Yielded]) -> Iterable[Yielded]:
    """The same records without erased people, and without the raw form of those that named one."""
    return records if leaving is None else (_without(leaving, record) for record in records)


def _without(leaving: Leaving, record: Y) -> Y:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    kind = record.kind if isinstance(record, Unfit) else record.about.table if isinstance(record, Record) else ""
    people = people_of(kind, is_unfit=isinstance(record, Unfit))
    changes: dict[str, Any] = leaving.changes(values, people)
    return replace(record, **changes) if changes else record


def _kept(store: Store | None) -> dict[str, Any]:
    """Hashes of `identities`, whole; of `mentions`, their forms in what machines write; and `hashes`, of names in any text, up to `words` long."""
    known = json.loads(store.fact(ERASED) or "{}") if store else {}
    return {"salt": secrets.token_hex(16), "words": 0, "hashes": [], "identities": [], "mentions": []} | known


def _with(kept: dict[str, Any], names: Names) -> dict[str, Any]:
    if wordless := [name for name in names.in_texts if not _WORD.search(name)]:
        message = f"{wordless[0]!r} has no letter and no digit, so it would be found everywhere; give a name"
        raise ValueError(message)
    salt, in_texts = kept["salt"], _forms(names.in_texts)
    mentions = _forms(name for name in names.identities if _LETTER.search(name))  # a number is whole an identity, and no word
    return {
        "salt": salt,
        "words": max(kept["words"], *(len(_WORD.findall(form)) for form in in_texts | mentions), 0),
        "hashes": _more(kept["hashes"], salt, in_texts),
        "identities": _more(kept["identities"], salt, _spelt(names.identities)),
        "mentions": _more(kept["mentions"], salt, mentions),
    }


def _more(known: Iterable[str], salt: str, names: Iterable[str]) -> list[str]:
    return sorted({*known, *(_hash(salt, name) for name in names)})


def _forms(names: Iterable[str]) -> set[str]:
    """How a name may be written in a text, each from the first letter or digit to the last, which is what is looked at there."""
    escaped = {name: html.escape(name) for name in _spelt(names)}
    written = {form for name, text in escaped.items() for form in (name, quote(name, safe=""), text, text.replace("&#x27;", "&#39;"))}
    spans = {form: [word.span() for word in _WORD.finditer(form)] for form in written}
    return {form[places[0][0] : places[-1][1]] for form, places in spans.items()}


def _spelt(names: Iterable[str]) -> set[str]:
    """The names with each apostrophe there is, for those that have one."""
    return {re.sub(f"[{_APOSTROPHES}]", mark, name) for name in names for mark in _APOSTROPHES}


def _leaving(kept: dict[str, Any]) -> Leaving:
    known = lru_cache(maxsize=200_000)(lambda text: _hash(kept["salt"], text))
    identities, in_texts = frozenset(kept["identities"]), frozenset(kept["hashes"])

    def digest(text: str) -> str:
        return known(text) if len(text) <= ID_CHARACTERS else _hash(kept["salt"], text)  # long texts are not worth the memory

    def scrub(hashes: Collection[str]) -> Scrub:
        if not hashes:
            return str
        return lambda text: _scrubbed(text, kept["words"], lambda piece: digest(piece) in hashes)

    return Leaving(
        is_theirs=lambda identity: digest(identity) in identities,
        unnamed=scrub(in_texts | frozenset(kept["mentions"])),
        texts=scrub(in_texts),
    )


def _scrubbed(text: str, most_words: int, is_erased: Callable[[str], bool]) -> str:
    """The text with `erased` for each run of words that is a name, the longest first."""
    words = [word.span() for word in _WORD.finditer(text)]
    pieces, at = list[str](), 0
    for place, (start, _) in enumerate(words):
        ends = [end for _, end in words[place : place + most_words] if start >= at and is_erased(text[start:end])]
        if ends:
            pieces += [text[at:start], ERASED]
            at = ends[-1]
    return "".join([*pieces, text[at:]])


def _hash(salt: str, name: str) -> str:
    return blake2b(_plain(name).encode("utf-8", "replace"), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def _plain(name: str) -> str:
    """The same for every way to write the name: small or capital letters, wide spaces, composed or not."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
