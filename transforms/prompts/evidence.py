"""The evidence of a prompt: the only place for text from outside, in one fence, event by event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from transforms.prompts.facts import Hit, clock, fact
from transforms.prompts.plain import fenced, quoted

EVENTS, VALUES = 8, 8  # so many events, and values of one list, are shown
NOT_SHOWN = ("minutes", "hours", "pages")  # said in the fact already, or an internal number


def evidence(hits: Sequence[Hit], zone: ZoneInfo) -> str:
    """One block an event, oldest first: the fact, both times in UTC and the team's zone, and what the sources recorded, verbatim."""
    ordered = sorted(hits, key=lambda hit: (hit["started_at"], hit["detector"], hit["key"]))
    lines = [line for hit in ordered[:EVENTS] for line in [*event(hit, zone), ""]]
    more = [f"and {len(ordered) - EVENTS} more events"] if len(ordered) > EVENTS else []
    return fenced([*lines[: None if more else -1], *more])


def event(hit: Hit, zone: ZoneInfo) -> Iterator[str]:
    """The lines of one event."""
    yield f"{fact(hit)} ({hit['detector']}, rule {hit.get('rule_version', '1')})"
    yield f"  began {clock(hit['started_at'], zone)}"
    yield f"  ended {clock(hit['ended_at'], zone)}"
    recorded = hit.get("evidence")
    for name, value in recorded.items() if isinstance(recorded, Mapping) else ():
        if name not in NOT_SHOWN:
            yield from named(name.removeprefix("is_").replace("_", " "), value)


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
