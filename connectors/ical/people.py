"""Who an event of a calendar names: the individuals among its attendees who take part, or the people in its title. It may be nobody."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Any, Literal
from urllib.parse import unquote

from connectors.ical.words import AWAY, CALLED_OFF, HIDDEN, PARTS

PersonFrom = Literal["attendee", "summary"]

_ADDRESS = re.compile(r"[^\s@:/<>()\[\],;\"']+@[^\s@:/<>()\[\],;\"']+")
# Rooms, groups and Google's stand-ins; senders nobody reads; addresses that say they are none.
_STAND_IN = re.compile(r"@([a-z]+\.)*calendar\.google\.com$|^(.*[-_.+])?(no|do[-_.]?not)[-_.]?reply([-_.+].*)?@|^nomail@|[@.]invalid$")
_NO_INDIVIDUAL = {"ROOM", "RESOURCE", "GROUP"}

_ON_CALL = re.compile(r"(['’]s)?\s*\b((is|am) )?on[\s-]?(call|duty)\b(\s+for\b.*)?", re.IGNORECASE)
_LEVEL = re.compile(r"\b(?:l|level |tier )(\d{1,2})\b")
# Stands beside a name without more ado: `L1 Ann`, `Secondary Bob`, `Bereitschaft Ann`.
_L_MARK = re.compile(
    r"\b(L\d|primary|secondary|tertiary|(?:ruf)?bereitschaft|bereitschaftsdienst|pikett|astreinte|guardia|reperibilità|dyżur)\b:?", re.IGNORECASE
)
_HOURS = re.compile(r"\b\d{1,2}([:.]\d\d)? ?[-–] ?\d{1,2}([:.]\d\d)?\b|\b\d{1,2}:\d\d\b|\b(?i:kw|cw|week) ?\d{1,2}\b")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_MARKS = re.compile(r"[()\[\]{}|–—\n]|(?:^|\s)-+(?:\s|$)|:(?!\d)")
_AND = re.compile(r"\s*(?:[&+;,/]|\b(?:and|und)\b)\s*")
# Words for being away that are nobody's surname.
_IS_AWAY = re.compile(
    r"\b(ooo|oof|pto|out of (the )?office|on (holidays?|leave)|day off|sick leave|vacation|urlaub|abwesend|krank|congés?|vacances|vacaciones|férias"
    r"|vakantie|urlop|отпуск)\b"
)
_EDGES = re.compile(r"^\W+|\W+$")
# Between two people of whom one is on: `Ann -> Bob`, `Ann for Bob`, `Ann or Bob`.
_EITHER = re.compile(r"→|⇒|[-=]>|\bw/|\w\S* (?:or|for|instead of|covers|covering|until|oder|für|statt|bis|pour) \w")
_IS_SHADOW = re.compile(r"\bshadow(s|ing|ed)?\b", re.IGNORECASE)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(text: Any) -> str | None:
    return _address_in(str(text))


@lru_cache(maxsize=4096)
def _address_in(text: str) -> str | None:
    """The mail address in a calendar's address of a user, lower case; None where there is none (`urn:uuid:…`, `/principal/`)."""
    bare = unquote(re.sub(r"^mailto:", "", text.strip(), flags=re.IGNORECASE)).partition("?")[0].strip(" <>'\"").lower()
    return bare if _ADDRESS.fullmatch(bare) else None


def _name(who: Any) -> str | None:
    """How an attendee is told: by address, else by name; None where the calendar gives neither."""
    name = " ".join(str(who.params.get("CN", "")).split())
    return _address(who) or _address(who.params.get("EMAIL", "")) or _address(name) or name or None


def _said(who: Any, parameter: str) -> str:
    return str(who.params.get(parameter, "")).upper()


def _is_individual(who: Any) -> bool:
    return _said(who, "CUTYPE") not in _NO_INDIVIDUAL and not _STAND_IN.search(_name(who) or "")


def _attending(attendees: Sequence[Any]) -> Iterator[str | None]:
    """The individuals who take part. One who handed on counts as the one it went to, unless that one is listed and says so alone."""
    listed = {_name(who) for who in attendees}
    for who in attendees:
        if not _is_individual(who) or _said(who, "ROLE") == "NON-PARTICIPANT" or _said(who, "PARTSTAT") == "DECLINED":
            continue
        if _said(who, "PARTSTAT") == "DELEGATED":
            yield from {_address(other) for other in _listed(who.params.get("DELEGATED-TO"))} - listed - {None}
        else:
            yield _name(who)


def _plain(text: str) -> str:
    return _EDGES.sub("", text).casefold()


@lru_cache(maxsize=4096)  # a series says the same every time, here and below
def _parts(title: str) -> tuple[str, ...]:
    """What stands between the marks of a title, brackets as well, without the words for being on call."""
    pieces = (part for piece in _MARKS.split(_ON_CALL.sub(" ", _L_MARK.sub(r"|\1|", title))) for part in _AND.split(piece))
    return tuple(plain for piece in pieces if (plain := _plain(piece)))


def title_of(event: Mapping[str, Any]) -> str:
    """The title in one line, its letters in one form."""
    return _in_one_line(str(event.get("SUMMARY", "")))


@lru_cache(maxsize=4096)
def _in_one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", unescape(text)).split())


def _is_part(plain: str) -> bool:
    """Whether a text speaks of a part in the rota alone (`primary`, `l2 support`, `night shift`)."""
    return plain in PARTS or all(word in PARTS or re.fullmatch(r"l?\d{1,2}", word) for word in plain.split())


@lru_cache(maxsize=4096)
def levels_in(title: str) -> tuple[int, ...]:
    """The levels a title says it is about (`[L2] ann`, `Secondary: Bob`), each once. L0 is called with L1."""
    found: list[int] = []
    for part in filter(_is_part, _parts(title)):
        numbers = [max(int(number), 1) for number in _LEVEL.findall(part)]
        found += numbers or [level for word in (part, *part.split()) if (level := PARTS.get(word))][:1]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def is_away(title: str) -> bool:
    """Whether a title tells when somebody is not there."""
    return not AWAY.isdisjoint(_parts(title)) or bool(_IS_AWAY.search(_BRACKETS.sub("", title).casefold()))


@lru_cache(maxsize=4096)
def is_nobody_s(title: str) -> bool:
    """Whether a title is about somebody who only watches (`Shadow: Ann`, `Ann (shadow)`, not `Bob (shadow: Ann)`) or about what was called off."""
    is_watched = any(_IS_SHADOW.fullmatch(_plain(note)) for note in _BRACKETS.findall(title))
    return is_watched or bool(_IS_SHADOW.search(_BRACKETS.sub("", title))) or not CALLED_OFF.isdisjoint(_parts(title))


def _is_name(text: str, other: Iterable[str]) -> bool:
    plain = _plain(text)
    is_team = "team" in plain.split()
    return any(map(str.isalpha, plain)) and not (is_team or plain in HIDDEN or _is_part(plain) or plain in map(str.casefold, other))


@lru_cache(maxsize=4096)
def people_in(title: str, *names: str) -> tuple[str, ...]:
    """The people a title names, none where it names none or may mean one as well as another; `names` are those of the rota itself.

    Addresses and @mentions stand for themselves. Else the name follows a colon, or comes first; what stands in brackets is a note.
    """
    if known := _ADDRESS.findall(title) or re.findall(r"(?:^|\s)@([\w.-]+)", title):
        return tuple(dict.fromkeys(one.lower() if "@" in one else one for one in known if not _STAND_IN.search(one.lower())))
    labelled = re.split(r":(?!\d)", _BRACKETS.sub("\n", _L_MARK.sub(r"|\1|", _HOURS.sub("|", title))))
    if any(len(parts := _AND.split(said)) > 1 and _is_name(parts[0], names) for said in labelled[1:-1]):
        return ()  # `P: Ann, S: Bob`
    for said in reversed(labelled):
        for piece in _MARKS.split(_ON_CALL.sub("\n", said)):
            if _EITHER.search(piece):
                return ()
            if _plain(piece) in HIDDEN:
                continue
            people = [one for part in _AND.split(piece) if (one := _EDGES.sub("", part))]
            if people and all(_is_name(one, names) for one in people):
                return tuple(dict.fromkeys(people))
    return ()


_SAY_WHO = ("SUMMARY", "ATTENDEE", "ORGANIZER", "X-MICROSOFT-CDO-BUSYSTATUS")


def sayings(event: dict[str, Any]) -> tuple[int, ...]:
    """Which values `people_of` goes by: occurrences of a series have them in common until one is changed."""
    return tuple([id(dict.get(event, name)) for name in _SAY_WHO])  # event.get would look for each in whatever letters first


def people_of(event: Mapping[str, Any], source: PersonFrom | None, *names: str) -> list[str]:
    """Who is on, none where nobody is to be. Raises ValueError when it names nobody, or somebody who is away.

    Without a `source`: the attendee where exactly one takes part, else the title, else all who take part.
    """
    title, attendees = title_of(event), _listed(event.get("ATTENDEE"))
    if is_away(title) or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "OOF":
        message = f"it tells that somebody is away ({title[:80]!r}), not who is on call: keep absences in another calendar"
        raise ValueError(message)
    attending, titled = list(dict.fromkeys(_attending(attendees))), people_in(title, *names)
    if is_nobody_s(title):
        return []
    if len(levels_in(title)) > 1:
        message = f"it is about several levels ({title[:80]!r}): make it an event for each"
        raise ValueError(message)
    if source != "summary" and not attending and any(_said(who, "PARTSTAT") == "DECLINED" and _is_individual(who) for who in attendees):
        message = f"everybody it invites has declined ({title[:80]!r}): invite who is on instead"
        raise ValueError(message)
    if source == "attendee" and not attendees:
        attending = [_name(who) for who in _listed(event.get("ORGANIZER")) if not _STAND_IN.search(_name(who) or "")]
    is_by_title = source == "summary" or (source is None and (attending == [None] or (titled and len(attending) != 1)))
    found: Sequence[str | None] = titled if is_by_title else attending
    people = [one for one in found if one]
    if not people or len(people) < len(found):
        message = f"it names nobody ({title[:80]!r}): give it an attendee with an address, or the person's name as title"
        raise ValueError(message)
    return people
