"""The evidence of a prompt: the only place for text from outside, in one fence, event by event."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from transforms.near_misses.catalogue import BY_CODE
from transforms.near_misses.hits import place_of
from transforms.prompts.facts import Hit, fact, seen, services
from transforms.words.foreign_names import tame
from transforms.words.foreign_text import fenced, quoted
from transforms.words.moments import clock, span

EVENTS, VALUES = 8, 8  # so many events, and values of one list, are shown


def evidence(hits: Sequence[Hit], zone: ZoneInfo, linked: Collection[str] = ()) -> str:
    """One block an event or alert, oldest first: the fact, the times in UTC and the team's zone, and what the sources recorded, verbatim.

    No address stands twice, and those `linked` elsewhere in the ticket not at all.
    """
    ordered = sorted(hits, key=lambda hit: (hit["started_at"], hit["detector"], hit["key"]))
    events: dict[object, list[Hit]] = {}
    for hit in ordered:
        events.setdefault(subject(hit), []).append(hit)
    shown, told = [*events.values()][:EVENTS], set(linked)
    is_of_several = len(services(hits)) > 1
    lines = [line for group in shown for line in [*of_service(group, is_told=is_of_several), *event(group, zone, told), ""]]
    more = [f"and {len(events) - EVENTS} more events"] if len(events) > EVENTS else []
    return fenced([*lines[: None if more else -1], *more])


def of_service(group: Sequence[Hit], *, is_told: bool) -> Iterator[str]:
    """Whose event it is, where the story has several services."""
    if is_told:
        yield f"in {tame(group[0].get('service'), 'a service')}:"


def subject(hit: Hit) -> object:
    """What the hit is about: the alert, for pages; else itself."""
    if hit.get("family") != "page":
        return hit["key"]
    return hit.get("trigger_source"), hit.get("service"), place_of(hit) or hit.get("trigger_id")


def event(group: Sequence[Hit], zone: ZoneInfo, told: set[str]) -> Iterator[str]:
    """The lines of one event; `told`: the addresses that stand in the ticket already, and now also these."""
    once = list(dict.fromkeys((hit["started_at"], hit["ended_at"]) for hit in group if not is_episode(hit)))
    episodes = [hit for hit in group if is_episode(hit)]
    first = max(episodes or group, key=lambda hit: float(hit["confidence"]))
    yield fact(first) if episodes or len(once) == 1 else f"one alert, {len(once)} times"
    yield from several(group, once, zone) if len(once) > 1 else single(first, zone)
    counts = [seen(hit).get("times_in_7_days") for hit in group]
    weekly = max((count for count in counts if isinstance(count, int)), default=0)
    if not episodes and weekly > len(once):
        yield f"  times in 7 days: {weekly}"
    yield from dict.fromkeys(line for hit in group for line in recorded(hit))
    yield from addresses(group, told)
    yield from names(group)


def is_episode(hit: Hit) -> bool:
    """Whether the hit stands for several pages of an alert."""
    return isinstance(seen(hit).get("times"), int)


def single(hit: Hit, zone: ZoneInfo) -> Iterator[str]:
    """Begin and end."""
    yield f"  began {clock(hit['started_at'], zone)}"
    yield f"  ended {clock(hit['ended_at'], zone)}"


def several(group: Sequence[Hit], once: Sequence[tuple[Any, Any]], zone: ZoneInfo) -> Iterator[str]:
    """Each time the alert rang, from and to, with what became of it."""
    for start, end in once[:VALUES]:
        moments = dict.fromkeys(
            word for hit in group if (hit["started_at"], hit["ended_at"]) == (start, end) for word in BY_CODE[hit["detector"]].moment
        )
        yield f"  {', '.join([span(start, end, zone), *moments])}"
    rang = max(len(once), sum(seen(hit)["times"] for hit in group if is_episode(hit)))
    if rang > len(once[:VALUES]):
        yield f"  and {rang - len(once[:VALUES])} more"


def recorded(hit: Hit) -> Iterator[str]:
    """What its detector shows of a hit's evidence; the setting, the title and the like are foreign text."""
    kind = BY_CODE[hit["detector"]]
    for name, value in seen(hit).items():
        if name in kind.shown and value != kind.unremarkable.get(name):
            yield from named(kind.shown[name], value)


def addresses(group: Sequence[Hit], told: set[str]) -> Iterator[str]:
    """The addresses of these hits that do not stand in the ticket yet."""
    urls = [str(url) for hit in group for url in seen(hit).get("urls") or () if isinstance(url, str)]
    new = [url for url in dict.fromkeys(urls) if url not in told]
    told.update(new)
    yield from named("recorded at", new)


def names(group: Sequence[Hit]) -> Iterator[str]:
    """What the source calls it where no address leads there and the evidence does not say it: how it began, and how it ended."""
    first = group[0]
    if not any(seen(hit).get("urls") for hit in group) and BY_CODE[first["detector"]].named_by not in seen(first):
        ends = ((first.get(f"{end}_id"), first.get(f"{end}_source")) for end in ("trigger", "recovery"))
        yield from named("recorded as", list(dict.fromkeys(f"{name} in {source}" for name, source in ends if name)))


def named(name: str, value: Any) -> Iterator[str]:
    """A recorded value behind its name; several lines go below it. Nothing where there is no value."""
    if isinstance(value, list | tuple):
        lines = [line for item in value[:VALUES] for line in quoted(str(item))]
    elif isinstance(value, bool):
        lines = ["| yes" if value else "| no"]
    else:
        lines = [] if value is None or value == "" else quoted(str(value))
    if len(lines) == 1:
        yield f"  {name}: {lines[0].removeprefix('| ')}"
    elif lines:
        yield f"  {name}:"
        yield from (f"    {line}" for line in lines)
