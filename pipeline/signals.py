"""The words everything else is written in: the window and the records. Standard library only.

A connector yields these records; the warehouse has one table for each kind, with the same column names (docs/tables.md). Field types
carry the meaning: `datetime` is an aware instant (stored as UTC), `tuple[str, ...]` a list, `None` "the vendor did not say".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

# Times outside these years are mistakes of a clock or of a program.
FIRST_YEAR, LAST_YEAR = 1970, 2100

# A field with one of these holds a vendor's identity of a person: of somebody who took part, or of the one whose record it is.
PART, OWN = {"person": "part"}, {"person": "own"}


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span [start, end) of aware UTC instants: what one pull covers."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive times and spans that run backwards (ValueError)."""
        if self.start.tzinfo is None or self.end.tzinfo is None:
            message = f"a window needs aware times, got {self.start} to {self.end}"
            raise ValueError(message)
        if self.end < self.start:
            message = f"a window must not end before it starts: {self.start} to {self.end}"
            raise ValueError(message)
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    def __contains__(self, at: datetime) -> bool:
        """Whether the instant lies in [start, end)."""
        return self.start <= at < self.end

    def __str__(self) -> str:
        """Both ends in ISO 8601."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def chunks(self, length: timedelta) -> Iterator["Window"]:
        """The same span in order, in pieces of at most this length."""
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Window(start, end)
            start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has. `native_id` is unique within its source; `scope` is the vendor's own name for the service.

    `left_out`: fields of the vendor that could not be taken though the record could, each with where and why. No column: it is told of a whole pull.
    """

    native_id: str
    scope: str | None = None
    url: str | None = None
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    left_out: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)
    changed_at_source: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(Record):
    """A commit on the default branch; `native_id` is `repo@sha`. `change_id` names what it did to which files, `undo_id` the exact opposite."""

    repo: str
    sha: str
    author: str | None = field(metadata=PART)
    committed_at: datetime
    authored_at: datetime | None = None
    is_bot: bool = False
    is_merge: bool = False
    title: str = ""
    body: str = ""
    branch: str | None = None
    pr_ref: str | None = None
    paths: tuple[str, ...] = ()
    co_authors: tuple[str, ...] = field(default=(), metadata=PART)
    change_id: str | None = None
    undo_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest(Record):
    """A proposed change and who looked at it; `native_id` is `repo#number`."""

    repo: str
    number: str
    title: str
    opened_at: datetime
    author: str | None = field(default=None, metadata=PART)
    is_bot: bool = False
    body: str = ""
    branch: str | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    merge_sha: str | None = None
    reviewers: tuple[str, ...] = field(default=(), metadata=PART)
    review_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange(Record):
    """One key's value changed. `target` is the file and key, or the vendor's path of the setting. Values are hashed unless allow-listed."""

    system: str
    target: str
    applied_at: datetime
    environment: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    actor: str | None = field(default=None, metadata=PART)
    is_bot: bool = False
    title: str = ""
    is_planned: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy(Record):
    """One deploy of one service (`scope`) to one environment. `status`: success, failed, cancelled, running, superseded."""

    environment: str
    version: str | None
    started_at: datetime
    finished_at: datetime | None = None
    status: str = "success"
    previous_version: str | None = None
    commit_sha: str | None = None
    actor: str | None = field(default=None, metadata=PART)
    is_bot: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Record):
    """One alert that asked for a human. `resolved_by_kind`: human, integration, timeout."""

    title: str
    triggered_at: datetime
    alert_key: str | None = None
    urgency: str | None = None
    severity: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = field(default=None, metadata=PART)
    resolved_at: datetime | None = None
    resolved_by_kind: str | None = None
    engaged: tuple[str, ...] = field(default=(), metadata=PART)
    teams: tuple[str, ...] = ()
    escalations: int | None = None
    reassignments: int | None = None
    incident_id: str | None = None
    has_note: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption(Record):
    """One push, SMS or call to one person. `channel`: push, sms, phone, email, chat."""

    person: str = field(metadata=OWN)
    sent_at: datetime
    page_id: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Record):
    """A declared incident. `kind`: real, test, rehearsal, maintenance."""

    title: str
    declared_at: datetime
    severity_initial: str | None = None
    severity_max: str | None = None
    severity_final: str | None = None
    severity_changed_at: datetime | None = None
    status: str | None = None
    kind: str = "real"
    resolved_at: datetime | None = None
    engaged: tuple[str, ...] = field(default=(), metadata=PART)
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Record):
    """One person on one schedule, as really rendered. `level` 1 is the first to be called. `origin`: rotation, override, swap, manual."""

    person: str = field(metadata=OWN)
    schedule: str
    starts_at: datetime
    ends_at: datetime
    level: int = 1
    origin: str = "rotation"
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Record):
    """A vendor's user (`native_id`) and the zone they live in. No name, no mail address."""

    native_id: str = field(metadata=OWN)
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Record):
    """What people did about something. `level`: R0 to R3 (docs/definitions.md). `subject_kind`: page, deploy, near_miss and so on."""

    subject_kind: str
    subject_id: str
    level: str
    disposition: str | None = None
    held_at: datetime | None = None
    attendees: tuple[str, ...] = field(default=(), metadata=PART)
    non_responders: int | None = None
    learning: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Proof that every `kind` record of `scope` overlapping `window` was yielded: what the warehouse has beyond them is withdrawn."""

    kind: type[Record]
    scope: str
    window: Window


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record that could not be read: kept in quarantine with its reason and its raw form. `is_scope`: it is a whole scope (a repository)."""

    kind: str
    reason: str
    raw: Any
    native_id: str | None = None
    is_scope: bool = False


@dataclass(frozen=True, slots=True)
class Outside:
    """Records that were read and lie outside of the window: not taken, not lost. `last_at`: the last of the `later` ones, found at `where`."""

    kind: str
    earlier: int
    later: int
    last_at: datetime | None = None
    where: str = ""


# The table each record goes to, and the column that says when it happened (people and reviews have no single instant).
RECORDS: dict[str, type[Record]] = {
    "commits": Commit, "pull_requests": PullRequest, "config_changes": ConfigChange, "deploys": Deploy, "pages": Page,
    "interruptions": Interruption, "incidents": Incident, "shifts": Shift, "people": Person, "reviews": Review,
}  # fmt: skip
HAPPENED: dict[str, str] = {
    "commits": "committed_at", "pull_requests": "opened_at", "config_changes": "applied_at", "deploys": "started_at",
    "pages": "triggered_at", "interruptions": "sent_at", "incidents": "declared_at", "shifts": "starts_at",
}  # fmt: skip
# Words tools have for how a deploy ended, in small letters, ours first; and who may have ended a page. Whatever else is written is told.
WENT_LIVE = ("success", "succeeded", "successful", "completed", "complete", "deployed", "active", "ok")
NOT_LIVE = ("failed", "failure", "error", "cancelled", "canceled", "aborted", "running", "pending", "queued", "in_progress", "superseded", "inactive")
ENDED_BY = ("human", "integration", "timeout")
BESIDE = frozenset({"raw", "left_out"})  # what a record holds beside the columns that say what happened
# The columns of each table that hold a person's identity, and whether the row is that person's own.
PEOPLE = {table: {f.name: str(f.metadata["person"]) for f in fields(record) if "person" in f.metadata} for table, record in RECORDS.items()}
