"""The tables of what was derived: hits, near misses, stretches, and the outbox of prompts."""

from functools import partial
from typing import Any

from sqlalchemy import Boolean, Column, Float, PrimaryKeyConstraint, Table, Text

from signals.record import Expect
from warehouse.columns import Instant, Json, Number, Texts, may, metadata, must

_share = Expect(at_least=0, at_most=1)
_count = Expect(at_least=0)


def _found(name: str, grain: str, at: str, until: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        must("key", Text, "Identity, the same however often it is derived."),
        *columns,
        must("first_seen_at", Instant, "When it was first found."),
        may("withdrawn_at", Instant, "When it was found not to hold any more."),
        PrimaryKeyConstraint("key"),
        info={"grain": grain, "at": at, "until": until},
    )


_confidence = partial(must, "confidence", Float, "0 to 1.", _share)

near_miss_hits = _found(
    "near_miss_hits",
    "one detector fired once",
    "started_at",
    "ended_at",
    must("detector", Text, "Detector (docs/definitions.md)."),
    must("family", Text, "Family; only different families add up.", Expect(among=("change", "page", "people", "human"))),
    must("service", Text, "Service."),
    may("trigger_source", Text, "Source of what began it."),
    may("trigger_id", Text, "native_id of what began it."),
    may("recovery_source", Text, "Source of what put it right."),
    may("recovery_id", Text, "native_id of what put it right."),
    must("started_at", Instant, "When it began."),
    must("ended_at", Instant, "When it was put right."),
    _confidence(),
    must("reading", Text, "How it reads.", Expect(among=("went_wrong", "planned", "process", "unclear"))),
    may("evidence", Json, "What it rests on."),
    must("rule_version", Text, "Version of the rule."),
    may("near_miss_key", Text, "Story it belongs to (near_misses.key)."),
)

near_misses = _found(
    "near_misses",
    "one story: hits grouped",
    "started_at",
    "ended_at",
    must("service", Text, "Service."),
    may("team", Text, "Team that owns it."),
    must("started_at", Instant, "When it began."),
    must("ended_at", Instant, "When it was put right."),
    _confidence(),
    must("stakes", Number, "1 (commit) to 5 (SEV2 or higher).", Expect(at_least=1, at_most=5)),
    must("placement", Text, "Where it is shown.", Expect(among=("prompt", "list", "count"))),
    must("state", Text, "Where it stands (docs/definitions.md)."),
    may("set_aside_reason", Text, "Why it is not asked about."),
    must("hits", Texts, "Keys of its hits (near_miss_hits.key)."),
    must("detectors", Texts, "Detectors that fired."),
    must("summary", Text, "What happened, as one neutral fact."),
    may("incident_id", Text, "Incident it overlaps or belongs to."),
    may("review_level", Text, "Highest level of a review on record, R1 to R3.", Expect(among=("R0", "R1", "R2", "R3"))),
)

stretches = _found(
    "stretches",
    "one unbroken time on call of one person",
    "starts_at",
    "ends_at",
    must("person", Text, "Who."),
    may("team", Text, "Their team."),
    must("zone", Text, "Zone the local days are counted in."),
    must("is_assumed_zone", Boolean, "Whether the zone is the team's or the organisation's."),
    must("starts_at", Instant, "When it begins."),
    must("ends_at", Instant, "When it ends."),
    must("span_local_days", Float, "Local wall-clock length in days; thresholds use this.", _count),
    must("elapsed_hours", Float, "True elapsed hours.", _count),
    must("covered_hours", Float, "Hours really on call within it.", _count),
    must("nights", Number, "Local nights on call.", _count),
    must("weekend_days", Number, "Local weekend dates on call.", _count),
    must("interruptions", Number, "Interruptions within it.", _count),
    must("sleep_interruption_nights", Number, "Nights with an interruption in sleep hours.", _count),
    must("level", Text, "How long it is.", Expect(among=("none", "watch", "flag", "long"))),
    must("origin", Text, "Whether the rotation is built so.", Expect(among=("structural", "incidental"))),
    must("is_loaded", Boolean, "Whether it was busy as well."),
    must("is_left_censored", Boolean, "Whether it may have begun before what is known."),
    must("is_forecast", Boolean, "Whether it is still to come, at least in part."),
    must("schedules", Texts, "Schedules it is made of."),
)

prompts = Table(
    "prompts",
    metadata,
    must("key", Text, "Identity of what is asked about, and where."),
    must("subject_kind", Text, "near_miss, stretch, incident or rotation."),
    must("subject_key", Text, "Which one."),
    may("team", Text, "Team it is for."),
    must("tracker", Text, "Line of soundings.toml it is opened in."),
    must("code", Text, "Short code in the ticket, by which it is found again."),
    must("state", Text, "Where it stands."),
    may("number", Text, "Ticket, as the tracker numbers it."),
    may("url", Text, "Where the ticket is."),
    may("title", Text, "Title as it was or will be sent."),
    may("body", Text, "Text as it was or will be sent."),
    may("hits", Texts, "Keys of the hits it speaks of."),
    may("withheld_reason", Text, "Why it is not opened."),
    may("disposition", Text, "What people answered."),
    Column("attempt", Number, nullable=False, default=0, doc="Times a send was begun."),
    may("owner", Text, "Process that works on it."),
    may("lease_until", Instant, "Until when it does, by the database's clock."),
    may("planned_at", Instant, "Since when it is planned."),
    may("same_as", Text, "Key of the prompt that asked already."),
    may("opens_at", Instant, "The ticket opens then, not earlier."),
    may("not_before_at", Instant, "No conversation before this."),
    may("sent_at", Instant, "When a send was last begun."),
    may("opened_at", Instant, "When the ticket was opened."),
    may("answered_at", Instant, "When people answered."),
    PrimaryKeyConstraint("key"),
    info={"grain": "the outbox: one ticket to open", "at": "planned_at", "until": "planned_at"},
)
