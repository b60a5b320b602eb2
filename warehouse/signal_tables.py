"""The tables of what happened, one for each record of pipeline/signals.py, with the same columns."""

from functools import partial
from typing import Any

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, Text

from pipeline.signals import ENDED_BY, HAPPENED, NOT_LIVE, RECORDS, WENT_LIVE
from warehouse.columns import Expect, Instant, Number, Raw, Texts, may, metadata, must

ID_CHARACTERS = 500  # a longer identity does not fit the index of PostgreSQL

_identity = Expect(most_characters=ID_CHARACTERS, is_critical=True)
_count = Expect(at_least=0)
# Closed lists of words, each with what follows where another is found.
_status = Expect(
    among=("success", "failed", "cancelled", "running", "superseded"),
    also=(*WENT_LIVE, *NOT_LIVE),
    otherwise="such a deploy does not count as gone live, so no step-back is found with it",
)
_ended_by = Expect(among=ENDED_BY, otherwise="such a page does not count as ended by itself")
_channel = Expect(among=("push", "sms", "phone", "email", "chat"), otherwise="such a call counts as one that wakes")
_kind = Expect(among=("real", "test", "rehearsal", "maintenance"), otherwise="such an incident does not count as a real one")
_origin = Expect(among=("rotation", "override", "swap", "manual"), otherwise="such a shift does not count as the rotation's own")
_level = Expect(among=("R0", "R1", "R2", "R3"), otherwise="such a review counts as none")
_subject = Expect(
    among=("page", "incident", "deploy", "commit", "config_change", "near_miss", "stretch", "rotation"),
    otherwise="such a review is found by the identity alone",
)


def _signal(name: str, grain: str, *columns: Column[Any], until: str | None = None) -> Table:
    at = HAPPENED.get(name)
    return Table(
        name,
        metadata,
        may("service", Text, "The service of soundings.toml, or the vendor's own name where nothing maps it; empty where it belongs to none."),
        must("source", Text, "The line of soundings.toml it came from."),
        must("native_id", Text, "The vendor's identity, unique within the source.", _identity),
        may("scope", Text, "The vendor's own name for the service."),
        *columns,
        may("url", Text, "Where a person can look at it."),
        may("changed_at_source", Instant, "When the vendor says it last changed."),
        may("raw", Raw, "The vendor's own record, compressed; null where it would only repeat the row or its time is over."),
        must("first_seen_at", Instant, "When it first arrived here."),
        must("landed_by", Number, "The pull (pulls.id) that last changed it."),
        may("withdrawn_at", Instant, "When the source was found not to have it any more."),
        PrimaryKeyConstraint("source", "native_id"),
        Index(f"{name}_landed_by", "landed_by"),
        *([Index(f"{name}_at", at)] if at else []),
        info={"grain": grain, "at": at, "until": until or at},
    )


_is_bot = partial(must, "is_bot", Boolean, "Whether an automation account did it.")

commits = _signal(
    "commits",
    "a commit on the default branch; native_id is repo@sha",
    must("repo", Text, "Repository, as the vendor names it."),
    must("sha", Text, "Commit id."),
    may("author", Text, "Who wrote it, by the vendor's identity."),
    must("committed_at", Instant, "When it was committed."),
    may("authored_at", Instant, "When it was written."),
    _is_bot(),
    must("is_merge", Boolean, "Whether it has several parents."),
    must("title", Text, "First line of the message."),
    must("body", Text, "The rest of the message."),
    may("branch", Text, "Branch it came from."),
    may("pr_ref", Text, "Pull request, by its number."),
    must("paths", Texts, "Files it changed."),
    must("co_authors", Texts, "Others who wrote it."),
    may("change_id", Text, "What it did to which files, as a hash."),
    may("undo_id", Text, "The hash of the exact opposite."),
)

pull_requests = _signal(
    "pull_requests",
    "a proposed change; native_id is repo#number",
    must("repo", Text, "Repository, as the vendor names it."),
    must("number", Text, "Number within the repository."),
    must("title", Text, "Title."),
    must("opened_at", Instant, "When it was opened."),
    may("author", Text, "Who opened it."),
    _is_bot(),
    must("body", Text, "Description."),
    may("branch", Text, "Branch it comes from."),
    may("merged_at", Instant, "When it was merged.", Expect(not_before="opened_at")),
    may("closed_at", Instant, "When it was closed.", Expect(not_before="opened_at")),
    may("merge_sha", Text, "Commit it became."),
    must("reviewers", Texts, "Who looked at it."),
    may("review_state", Text, "What they said, in the vendor's words."),
)

config_changes = _signal(
    "config_changes",
    "one key's value changed",
    must("system", Text, "Where the setting lives."),
    must("target", Text, "File and key, or the vendor's path of the setting."),
    must("applied_at", Instant, "When it took effect."),
    may("environment", Text, "Environment."),
    may("old_value", Text, "Value before; a hash unless the key is allow-listed."),
    may("new_value", Text, "Value after; a hash unless the key is allow-listed."),
    may("actor", Text, "Who changed it."),
    _is_bot(),
    must("title", Text, "What the change was called."),
    may("is_planned", Boolean, "Whether it was announced."),
)

deploys = _signal(
    "deploys",
    "one deploy of one service to one environment",
    must("environment", Text, "Environment."),
    may("version", Text, "Version that went live."),
    must("started_at", Instant, "When it began."),
    may("finished_at", Instant, "When it ended.", Expect(not_before="started_at")),
    must("status", Text, "How it ended.", _status),
    may("previous_version", Text, "Version it replaced, where the vendor says."),
    may("commit_sha", Text, "Commit it was built from."),
    may("actor", Text, "Who started it."),
    _is_bot(),
    must("title", Text, "What the deploy was called."),
)

pages = _signal(
    "pages",
    "one alert that asked for a human",
    must("title", Text, "What the alert said."),
    must("triggered_at", Instant, "When it began."),
    may("alert_key", Text, "What makes two alerts the same."),
    may("urgency", Text, "Urgency, in the vendor's words."),
    may("severity", Text, "Severity, in the vendor's words."),
    may("acknowledged_at", Instant, "When a human took it.", Expect(not_before="triggered_at")),
    may("acknowledged_by", Text, "Who took it."),
    may("resolved_at", Instant, "When it ended.", Expect(not_before="triggered_at")),
    may("resolved_by_kind", Text, "What ended it.", _ended_by),
    must("engaged", Texts, "People who took part."),
    must("teams", Texts, "Teams who took part."),
    may("escalations", Number, "Times nobody took it and it went on.", _count),
    may("reassignments", Number, "Times it was handed on.", _count),
    may("incident_id", Text, "Incident it belongs to."),
    may("has_note", Boolean, "Whether somebody wrote something down."),
)

interruptions = _signal(
    "interruptions",
    "one push, SMS or call to one person",
    must("person", Text, "Whom it reached."),
    must("sent_at", Instant, "When it was sent."),
    may("page_id", Text, "Page it was for (pages.native_id).", Expect(known_in="pages")),
    may("channel", Text, "How it came.", _channel),
)

incidents = _signal(
    "incidents",
    "a declared incident",
    must("title", Text, "Title."),
    must("declared_at", Instant, "When it was declared."),
    may("severity_initial", Text, "First severity, in the vendor's words."),
    may("severity_max", Text, "Most severe it was."),
    may("severity_final", Text, "Last severity."),
    may("severity_changed_at", Instant, "When the severity last changed."),
    may("status", Text, "Status, in the vendor's words."),
    must("kind", Text, "What sort it was.", _kind),
    may("resolved_at", Instant, "When it ended.", Expect(not_before="declared_at")),
    must("engaged", Texts, "People who took part."),
    must("teams", Texts, "Teams who took part."),
)

shifts = _signal(
    "shifts",
    "one person on one schedule, as really rendered",
    must("person", Text, "Who was on call."),
    must("schedule", Text, "Schedule."),
    must("starts_at", Instant, "When it begins."),
    must("ends_at", Instant, "When it ends.", Expect(not_before="starts_at")),
    must("level", Number, "1 is the first to be called.", Expect(at_least=1)),
    must("origin", Text, "Why this person.", _origin),
    may("zone", Text, "Zone of the schedule."),
    until="ends_at",
)

people = _signal("people", "a vendor's user; no name, no mail address", may("zone", Text, "IANA zone they live in."))

reviews = _signal(
    "reviews",
    "what people did about something",
    must(
        "subject_kind",
        Text,
        "What it is about.",
        _subject,
    ),
    must("subject_id", Text, "Which one."),
    must("level", Text, "R0 open, R1 looked at, R2 conversation, R3 learning review.", _level),
    may("disposition", Text, "What people made of it."),
    may("held_at", Instant, "When they met."),
    must("attendees", Texts, "Who was there."),
    may("non_responders", Number, "How many of them had not responded.", _count),
    may("learning", Text, "What was learned or wondered about."),
    may("state", Text, "Where the review stands."),
)

SIGNALS = {name: metadata.tables[name] for name in RECORDS}
