"""Who answered each story, as zones and times only: what the cooling-off needs to know."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from transforms.events import Events
from transforms.events.interruptions import loud, night_of
from transforms.events.people import People
from transforms.events.rows import columns
from transforms.prompts.cooling import Response

Page = tuple[str, str]  # source, native_id


def responses(hits: pd.DataFrame, events: Events) -> dict[str, Response]:
    """`near_miss_key` -> the people its pages interrupted: their zones, last interruptions in sleep hours, ends of the shifts they were on."""
    tables, known = events.tables, events.people
    called = calls_by_page(columns(tables, "interruptions", ("source", "page_id", "person", "sent_at", "channel")), known)
    ends = shift_ends(columns(tables, "shifts", ("person", "starts_at", "ends_at")), known)
    paged = hits[hits["family"] == "page"]
    found: dict[str, Response] = {}
    for story, theirs in paged.groupby("near_miss_key"):
        calls = [call for hit in theirs.to_dict("records") for page in pages_of(hit) for call in called.get(page, [])]
        latest = {person: max(at for who, at in calls if who == person) for person, _ in calls}
        zones = {person: known.zone_of(person)[0] for person in latest}
        found[str(story)] = Response(
            zones=tuple(sorted(zone.key for zone in zones.values())),
            woken_at=tuple(at for person, at in calls if night_of(at, zones[person]) is not None),
            shift_ends=tuple(end for person, at in latest.items() for start, end in ends.get(person, []) if start <= at < end),
        )
    return found


def pages_of(hit: Mapping[Any, Any]) -> Iterator[Page]:
    """The pages a hit speaks of: its trigger, and the further ones of its episode."""
    evidence = hit["evidence"] if isinstance(hit["evidence"], dict) else {}
    for native_id in {hit["trigger_id"], *(evidence.get("pages") or ())}:
        yield str(hit["trigger_source"]), str(native_id)


def calls_by_page(interruptions: pd.DataFrame, known: People) -> dict[Page, list[tuple[str, datetime]]]:
    """Person and instant of each push, SMS or call, by page."""
    calls: dict[Page, list[tuple[str, datetime]]] = {}
    heard = loud(interruptions)
    for source, page, person, at in zip(heard["source"], heard["page_id"], heard["person"], heard["sent_at"], strict=True):
        calls.setdefault((str(source), str(page)), []).append((known.person_of(str(person)), at.to_pydatetime()))
    return calls


def shift_ends(shifts: pd.DataFrame, known: People) -> dict[str, Sequence[tuple[datetime, datetime]]]:
    """Each person's shifts as start and end."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for person, start, end in zip(shifts["person"], shifts["starts_at"], shifts["ends_at"], strict=True):
        for one in known.people_of(str(person)):
            spans.setdefault(one, []).append((start.to_pydatetime(), end.to_pydatetime()))
    return dict(spans)
