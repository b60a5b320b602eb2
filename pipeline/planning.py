"""From findings to rows of the outbox: which become tickets, in which tracker, with which words."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors import registry
from connectors.errors import Busy, Refused
from pipeline.configuration import SourceLine
from pipeline.connections import Connect
from pipeline.derivation import derived_until
from pipeline.discretion import masked_throughout
from pipeline.settings import Settings
from signals import clock
from transforms.events import Events
from transforms.events.sent import NOT_ASKED, given_up
from transforms.local_time import zone_named
from transforms.prompts import draft, plan, responses, rotation_draft, stretch_draft
from transforms.prompts.draft import Draft
from transforms.prompts.parts import Context
from transforms.prompts.rest_plan import rest_plan
from transforms.working_hours import team_of, within_hours
from warehouse.frames import rows_of
from warehouse.store import Store

Row = dict[str, Any]


def planned_prompts(settings: Settings, store: Store, now: datetime, connection: Connect) -> list[Row]:
    """Rows for the table prompts, in the order they are to be asked; rows that were sent already are left out."""
    estate, policy = settings.estate, settings.policy
    near_misses, hits, prompts = (store.read(name) for name in ("near_misses", "near_miss_hits", "prompts"))
    events = Events({name: store.read(name) for name in ("shifts", "interruptions", "people")}, estate, policy)
    stories = {row["key"]: row for row in rows_of(near_misses)}
    rests = rest_plan(store.read("stretches", is_withdrawn_too=True), events, prompts, now=now)
    chosen = plan(
        near_misses,
        hits,
        prompts,
        estate,
        policy,
        now=now,
        covered_until=derived_until(settings, store),
        first_seen={key: row["first_seen_at"] for key, row in stories.items()},
        responses=responses(hits, events),
    )
    rows = [{**row, "finding": stories[row["subject_key"]]} for row in rows_of(chosen)] + rests
    sent = set(prompts.loc[~prompts["state"].isin(NOT_ASKED), "subject_key"]) | given_up(prompts)
    by_key = {hit["key"]: hit for hit in rows_of(hits)}
    unsent = [row for row in rows if row["subject_key"] not in sent]
    hosts = linked_hosts(settings, connection) if unsent else ()
    return [_row(settings, row, [by_key[key] for key in row["hits"] if key in by_key], now, hosts) for row in unsent]


class Planned(NamedTuple):
    """A ticket as it would be, and when it would be sent: in the next working hours of its team once it is ripe."""

    title: str
    body: str
    opens_at: datetime


def drafts(settings: Settings, store: Store, connection: Connect) -> Iterator[Planned]:
    """Each prompt that would be opened, in order. Nothing is written and nothing sent."""
    now, estate = clock.now(), settings.estate
    for row in planned_prompts(settings, store, now, connection):
        if row["state"] == "planned":
            team = team_of(row["team"], estate.teams, estate.zone)
            yield Planned(row["title"], row["body"], within_hours(max(row["opens_at"], now), zone_named(team.zone) or ZoneInfo("UTC"), team))


def _row(settings: Settings, row: Row, hits: list[Row], now: datetime, hosts: tuple[str, ...]) -> Row:
    words = _draft(settings, masked_throughout(row), masked_throughout(hits), now, hosts)  # an earlier version may have landed a form it did not know
    tracker = tracker_for(settings, row["team"])
    # The tracker is part of the key, so that what is not sent yet moves when its team's tracker changes. What was sent is asked once, wherever.
    return {
        **{name: value for name, value in row.items() if name != "finding"},
        "key": f"{row['subject_key']}@{tracker}",
        "tracker": tracker,
        "title": words.title,
        "body": words.body,
        "planned_at": now,
    }


def tracker_for(settings: Settings, team: str | None) -> str:
    """The tracker that names the team, else the first that names none."""
    lines = settings.trackers
    return next(
        (name for name, line in lines.items() if team in line.teams),
        next((name for name, line in lines.items() if not line.teams), next(iter(lines))),
    )


def linked_hosts(settings: Settings, connection: Connect) -> tuple[str, ...]:
    """The hosts whose pages a ticket may link to: where each source is. A vendor's `api.` is a side door of the same house."""
    urls = {_address_of(line, connection) for line in settings.sources.values()}
    return tuple(sorted((urlsplit(url).hostname or "").removeprefix("api.") for url in urls if url))


def _address_of(line: SourceLine, connection: Connect) -> str | None:
    """Where a source is: as soundings.toml says, else its connection, else its vendor."""
    source = registry.sources().get(line.use)
    if line.base_url or source is None or source.vendor is None:
        return line.base_url
    try:
        held = connection(line.conn_id).base_url if line.conn_id else None
    except (Refused, Busy):
        return None  # said where it is pulled
    return held or source.vendor.base_url


def _draft(settings: Settings, row: Row, hits: list[Row], now: datetime, hosts: tuple[str, ...]) -> Draft:
    team = settings.estate.teams.get(row["team"] or "")
    context: Context = {
        "zone": team.zone if team else settings.estate.zone,
        "as_of": now,
        "not_before_at": row["not_before_at"],
        "meeting": settings.file.report.meeting,
        "hosts": hosts,
    }
    if team:
        context["team"] = team
    if settings.file.organisation.about_url:
        context["about_url"] = settings.file.organisation.about_url
    match row["subject_kind"]:
        case "rotation":
            return rotation_draft(row["finding"], context)
        case "stretch":
            return stretch_draft(row["finding"], context)
    return draft(row["finding"], hits, context)
