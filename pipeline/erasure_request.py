"""Who is meant by `soundings erase`: a person of soundings.toml or one identity of the warehouse, and nothing that is only a word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipeline.erasure import Names, leaving
from pipeline.settings import Settings
from warehouse.forgetting import Counts, identities, named
from warehouse.store import Store

_MOST = 5


@dataclass(frozen=True)
class Request:
    """Whose name people type to confirm, what they are called, and where in the warehouse they are named: `staying` is left in texts."""

    label: str
    names: Names
    found: Counts
    staying: Counts
    in_staying: tuple[str, ...]  # the names that were looked for there


def request(settings: Settings, store: Store, *, person: str | None, identity: str | None, in_texts: Sequence[str]) -> Request:
    """What is to be erased and where it stands; nothing is changed.

    Raises ValueError, saying what there is, for anybody who is neither in `[people]` nor in a column of identities, and for a name in texts that
    is not known to be theirs.
    """
    if (person is None) == (identity is None):
        message = "name a person of [people], or one vendor's identity with --identity; not both and not neither"
        raise ValueError(message)
    with store.reading() as connection:
        known = identities(connection)
    called = _person(settings, known, person) if person is not None else _identity(known, str(identity))
    if unknown := [name for name in in_texts if name not in called]:
        raise ValueError(_not_theirs(settings, unknown[0], person, called))
    names = Names(called, frozenset(in_texts))
    left = tuple(sorted(name for name in called - names.in_texts if "@" in name or len(name.split()) > 1))
    with store.reading() as connection:
        found = named(connection, leaving(names))
        staying = named(connection, leaving(Names(frozenset(), frozenset(left)))) if left else {}
    return Request(str(person or identity), names, found, _beyond(staying, found), left)


def _person(settings: Settings, known: Mapping[str, int], name: str) -> frozenset[str]:
    """What the person is called: our name for them, and those of the vendors."""
    if table := settings.file.people.get(name):
        return frozenset({name, *table.identities})
    if owner := settings.estate.identities.get(name):
        alone = f", or --identity {name!r} for this one alone" if name in known else ""
        message = f"{name!r} is one of the identities of [people.{owner}]: `soundings erase {owner}`{alone}\nnothing was changed"
        raise ValueError(message)
    there = f"nobody is called {name!r} in [people] of {settings.path}; {_nearest(name, settings.file.people, 'nobody is')}"
    found = f"to erase one identity that stands in the warehouse instead, say --identity X; {_nearest(name, known, 'there is none yet')}"
    raise ValueError(f"{there}\n{found}\nnothing was changed")


def _identity(known: Mapping[str, int], name: str) -> frozenset[str]:
    if any(map(leaving(Names(frozenset({name}))).is_theirs, known)):
        return frozenset({name})
    message = f"{name!r} stands in no column of identities; {_nearest(name, known, 'there is none yet')}\nnothing was changed"
    raise ValueError(message)


def _nearest(name: str, known: Iterable[str], none: str) -> str:
    """The ones that were probably meant, else some of those there are."""
    names = sorted(known)
    alike = {one.casefold(): one for one in names}
    if found := get_close_matches(name.casefold(), alike, n=_MOST, cutoff=0.5):
        return f"closest: {', '.join(repr(alike[one]) for one in found)}"
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"there are {', '.join(map(repr, names[:_MOST]))}{more}" if names else none


def _not_theirs(settings: Settings, name: str, person: str | None, called: Iterable[str]) -> str:
    if person is None:
        return f"with --identity only that identity itself is looked for in texts; {name!r} is another name\nnothing was changed"
    listed = ", ".join(f'"{one}"' for one in [*settings.file.people[person].identities, name])
    return (
        f"{name!r} is not known as a name of {person!r} ({', '.join(sorted(called))}). If it is theirs, say so under [people] of {settings.path}:\n"
        f"identities = [{listed}]\nnothing was changed"
    )


def _beyond(staying: Counts, found: Counts) -> Counts:
    """The columns of texts that would be changed by more names than were asked for."""
    more = {table: counts - found.get(table, type(counts)()) for table, counts in staying.items()}
    return {table: kept for table, counts in more.items() if (kept := type(counts)({c: n for c, n in counts.items() if c not in ("rows", "raw")}))}
