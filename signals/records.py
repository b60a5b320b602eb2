"""What happened, a class for each kind of it: a connector yields these, and the warehouse has a table for each with the same columns.

A new kind is a class here and a migration: tables, checks, mapping, views, `init` and docs/tables.md follow from what it says of itself.
"""

from datetime import datetime

from signals.record import IDENTITY, OWN, PART, Expect, Record, kinds, people_of, record, told

# Words tools have for how a deploy ended, in small letters, ours first; and who may have ended a page. Whatever else is written is told.
WENT_LIVE = ("success", "succeeded", "successful", "completed", "complete", "deployed", "active", "ok")
NOT_LIVE = (
    "failed", "failure", "error", "cancelled", "canceled", "aborted", "running", "pending", "queued", "in_progress", "superseded", "inactive",
)  # fmt: skip
ENDED_BY = ("human", "integration", "timeout")

# Closed lists of words, each with what follows where another is found.
_STATUS = Expect(
    among=("success", "failed", "cancelled", "running", "superseded"),
    also=(*WENT_LIVE, *NOT_LIVE),
    otherwise="such a deploy does not count as gone live, so no step-back is found with it",
)
_ENDED_BY = Expect(among=ENDED_BY, otherwise="such a page does not count as ended by itself")
_CHANNEL = Expect(among=("push", "sms", "phone", "email", "chat"), otherwise="such a call counts as one that wakes")
_SORT = Expect(among=("real", "test", "rehearsal", "maintenance"), otherwise="such an incident does not count as a real one")
_ORIGIN = Expect(among=("rotation", "override", "swap", "manual"), otherwise="such a shift does not count as the rotation's own")
_LEVEL = Expect(among=("R0", "R1", "R2", "R3"), otherwise="such a review counts as none")
_SUBJECT = Expect(
    among=("page", "incident", "deploy", "commit", "config_change", "near_miss", "stretch", "rotation"),
    otherwise="such a review is found by the identity alone",
)
_COUNT = Expect(at_least=0)


@record("commits", "commit", at="committed_at", stakes=1, named_in="repositories", is_numerous=True)
class Commit(Record):
    """A commit on the default branch; native_id is repo@sha. `change_id` names what it did to which files, `undo_id` the exact opposite."""

    repo: str = told("Repository, as the vendor names it.", example="shop")
    sha: str = told("Commit id.", example="9f2c1e7")
    author: str | None = told("Who wrote it, by the vendor's identity.", person=PART, example="ada@example.org")
    committed_at: datetime = told("When it was committed.", example="2026-11-18 09:30 UTC")
    authored_at: datetime | None = told("When it was written.", default=None)
    is_bot: bool = told("Whether an automation account did it.", default=False)
    is_merge: bool = told("Whether it has several parents.", default=False)
    title: str = told("First line of the message.", default="", example="Raise the timeout of the cart")
    body: str = told("The rest of the message.", default="")
    branch: str | None = told("Branch it came from.", default=None)
    pr_ref: str | None = told("Pull request, by its number.", default=None)
    paths: tuple[str, ...] = told("Files it changed.", default=(), example="cart/settings.yaml;cart/client.py")
    co_authors: tuple[str, ...] = told("Others who wrote it.", default=(), person=PART)
    change_id: str | None = told("What it did to which files, as a hash.", default=None)
    undo_id: str | None = told("The hash of the exact opposite.", default=None)

    @property
    def files(self) -> tuple[str, ...]:
        """Its paths."""
        return self.paths


@record("pull_requests", "pull_request", at="opened_at", named_in="repositories", is_numerous=True,
        called=("pull request", "pr", "merge request"), example="shop#41")  # fmt: skip
class PullRequest(Record):
    """A proposed change; native_id is repo#number."""

    repo: str = told("Repository, as the vendor names it.", example="shop")
    number: str = told("Number within the repository.", example="41")
    title: str = told("Title.", example="Raise the timeout of the cart")
    opened_at: datetime = told("When it was opened.", example="2026-11-17 15:00 UTC")
    author: str | None = told("Who opened it.", default=None, person=PART, example="ada")
    is_bot: bool = told("Whether an automation account did it.", default=False)
    body: str = told("Description.", default="")
    branch: str | None = told("Branch it comes from.", default=None)
    merged_at: datetime | None = told("When it was merged.", default=None, expect=Expect(not_before="opened_at"), example="2026-11-18 09:30 UTC")
    closed_at: datetime | None = told("When it was closed.", default=None, expect=Expect(not_before="opened_at"))
    merge_sha: str | None = told("Commit it became.", default=None)
    reviewers: tuple[str, ...] = told("Who looked at it.", default=(), person=PART, example="grace;linus")
    review_state: str | None = told("What they said, in the vendor's words.", default=None)


@record("config_changes", "config_change", at="applied_at", stakes=2, named_in="repositories", is_numerous=True,
        called=("change", "event"), example="setting-311")  # fmt: skip
class ConfigChange(Record):
    """One key's value changed."""

    system: str = told("Where the setting lives.", example="feature flags")
    target: str = told("File and key, or the vendor's path of the setting.", example="cart/new-prices")
    applied_at: datetime = told("When it took effect.", example="2026-11-18 10:05 UTC")
    environment: str | None = told("Environment.", default=None, example="production")
    old_value: str | None = told("Value before; a hash unless the key is allow-listed.", default=None, example="off")
    new_value: str | None = told("Value after; a hash unless the key is allow-listed.", default=None, example="on")
    actor: str | None = told("Who changed it.", default=None, person=PART, example="ada")
    is_bot: bool = told("Whether an automation account did it.", default=False)
    title: str = told("What the change was called.", default="")
    is_planned: bool | None = told("Whether it was announced.", default=None)

    @property
    def files(self) -> tuple[str, ...]:
        """The file the setting stands in."""
        return (self.target.partition("#")[0],)


@record("deploys", "deploy", at="started_at", stakes=3, named_in="deploys", is_numerous=True,
        called=("deployment", "release", "run", "build"), example="release-882")  # fmt: skip
class Deploy(Record):
    """One deploy of one service (`scope`) to one environment."""

    environment: str = told("Environment.", example="production")
    version: str | None = told("Version that went live.", example="1.14.2")
    started_at: datetime = told("When it began.", example="2026-11-18 10:00 UTC")
    finished_at: datetime | None = told("When it ended.", default=None, expect=Expect(not_before="started_at"), example="2026-11-18 10:04 UTC")
    status: str = told("How it ended.", default="success", expect=_STATUS, example="success")
    previous_version: str | None = told("Version it replaced, where the vendor says.", default=None)
    commit_sha: str | None = told("Commit it was built from.", default=None)
    actor: str | None = told("Who started it.", default=None, person=PART, example="ada")
    is_bot: bool = told("Whether an automation account did it.", default=False)
    title: str = told("What the deploy was called.", default="")


@record("pages", "page", at="triggered_at", stakes=3, named_in="pages", called=("alert", "incident"), example="alert-5512")
class Page(Record):
    """One alert that asked for a human."""

    title: str = told("What the alert said.", example="Cart answers slowly")
    triggered_at: datetime = told("When it began.", example="2026-11-18 10:20 UTC")
    alert_key: str | None = told("What makes two alerts the same.", default=None, example="cart-latency")
    urgency: str | None = told("Urgency, in the vendor's words.", default=None)
    severity: str | None = told("Severity, in the vendor's words.", default=None)
    acknowledged_at: datetime | None = told("When a human took it.", default=None, expect=Expect(not_before="triggered_at"),
                                            example="2026-11-18 10:24 UTC")  # fmt: skip
    acknowledged_by: str | None = told("Who took it.", default=None, person=PART, example="grace")
    resolved_at: datetime | None = told("When it ended.", default=None, expect=Expect(not_before="triggered_at"), example="2026-11-18 10:51 UTC")
    resolved_by_kind: str | None = told("What ended it.", default=None, expect=_ENDED_BY, example="human")
    engaged: tuple[str, ...] = told("People who took part.", default=(), person=PART)
    teams: tuple[str, ...] = told("Teams who took part.", default=())
    escalations: int | None = told("Times nobody took it and it went on.", default=None, expect=_COUNT)
    reassignments: int | None = told("Times it was handed on.", default=None, expect=_COUNT)
    incident_id: str | None = told("Incident it belongs to.", default=None)
    has_note: bool | None = told("Whether somebody wrote something down.", default=None)


@record("interruptions", "interruption", at="sent_at", is_numerous=True, called=("notification",), example="call-901")
class Interruption(Record):
    """One push, SMS or call to one person."""

    person: str = told("Whom it reached.", person=OWN, example="grace")
    sent_at: datetime = told("When it was sent.", example="2026-11-18 10:21 UTC")
    page_id: str | None = told("Page it was for (pages.native_id).", default=None, expect=Expect(known_in="pages"), example="alert-5512")
    channel: str | None = told("How it came.", default=None, expect=_CHANNEL, example="phone")


@record("incidents", "incident", at="declared_at", stakes=4, named_in="pages", called=("outage", "issue"), example="INC-77")
class Incident(Record):
    """A declared incident."""

    title: str = told("Title.", example="Carts could not be paid")
    declared_at: datetime = told("When it was declared.", example="2026-11-18 10:30 UTC")
    severity_initial: str | None = told("First severity, in the vendor's words.", default=None, example="SEV3")
    severity_max: str | None = told("Most severe it was.", default=None, example="SEV2")
    severity_final: str | None = told("Last severity.", default=None, example="SEV2")
    severity_changed_at: datetime | None = told("When the severity last changed.", default=None)
    status: str | None = told("Status, in the vendor's words.", default=None)
    kind: str = told("What sort it was.", default="real", expect=_SORT)
    resolved_at: datetime | None = told("When it ended.", default=None, expect=Expect(not_before="declared_at"), example="2026-11-18 11:15 UTC")
    engaged: tuple[str, ...] = told("People who took part.", default=(), person=PART, example="grace;ada")
    teams: tuple[str, ...] = told("Teams who took part.", default=())


@record("shifts", "shift", at="starts_at", until="ends_at", example="2026-W47/grace")
class Shift(Record):
    """One person on one schedule, as really rendered."""

    person: str = told("Who was on call.", person=OWN, example="grace")
    schedule: str = told("Schedule.", example="cart primary")
    starts_at: datetime = told("When it begins.", example="2026-11-16 09:00 UTC")
    ends_at: datetime = told("When it ends.", expect=Expect(not_before="starts_at"), example="2026-11-23 09:00 UTC")
    level: int = told("1 is the first to be called.", default=1, expect=Expect(at_least=1), example="1")
    origin: str = told("Why this person.", default="rotation", expect=_ORIGIN)
    zone: str | None = told("Zone of the schedule.", default=None)


@record("people", "person", called=("user",), example="grace")
class Person(Record):
    """A vendor's user; no name, no mail address."""

    native_id: str = told("The vendor's identity, unique within the source.", expect=IDENTITY, person=OWN)
    zone: str | None = told("IANA zone they live in.", default=None, example="Europe/London")


@record("reviews", "review", example="review-12")
class Review(Record):
    """What people did about something."""

    subject_kind: str = told("What it is about.", expect=_SUBJECT, example="incident")
    subject_id: str = told("Which one.", example="INC-77")
    level: str = told("R0 open, R1 looked at, R2 conversation, R3 learning review.", expect=_LEVEL, example="R3")
    disposition: str | None = told("What people made of it.", default=None)
    held_at: datetime | None = told("When they met.", default=None, example="2026-11-20 14:00 UTC")
    attendees: tuple[str, ...] = told("Who was there.", default=(), person=PART, example="grace;ada;linus")
    non_responders: int | None = told("How many of them had not responded.", default=None, expect=_COUNT)
    learning: str | None = told("What was learned or wondered about.", default=None,
                                example="The timeout of the cart is shorter than that of what it calls.")  # fmt: skip
    state: str | None = told("Where the review stands.", default=None)


BESIDE = frozenset({"raw", "left_out"})  # what a record holds beside the columns that say what happened
RECORDS = kinds()  # by table
# Follow from the classes: the column that says when a row happened, and those that hold a person's identity.
HAPPENED: dict[str, str] = {table: at for table, kind in RECORDS.items() if (at := kind.about.at)}
PEOPLE = {table: people_of(kind) for table, kind in RECORDS.items()}
