"""Every table, once: its columns, what they mean, and what holds for their values.

The migrations, the checks, docs/tables.md and the frames the transforms read all follow from here. `info["at"]` of a table names
the column that says when a row happened (and `info["until"]` when it ended), `info["grain"]` what one row is. What happened is in
signal_tables.py, what was derived in finding_tables.py, the ledger and what goes with it here.
"""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from signals.record import Expect
from warehouse.columns import Instant, Json, Number, Raw, may, metadata, must
from warehouse.finding_tables import near_miss_hits, near_misses, prompts, stretches
from warehouse.signal_tables import SIGNALS

__all__ = [
    "SIGNALS", "UNPUBLISHED", "checks", "etags", "facts", "metadata", "near_miss_hits", "near_misses",
    "prompts", "pulls", "quarantine", "severities", "stretches",
]  # fmt: skip

_statuses = Expect(among=("landed", "published", "held", "degraded", "failed"))

_failures = Expect(among=("refused", "busy", "garbled", "broken", "held"))

pulls = Table(
    "pulls",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True, doc="Number of the pull."),
    must("source", Text, "Line of soundings.toml."),
    must("window_start", Instant, "First instant it covers."),
    must("window_end", Instant, "First instant it does not cover."),
    must("status", Text, "Landed and not yet checked; published; published without some scopes (degraded); held; failed.", _statuses),
    must("attempts", Number, "Times this window was tried, with the failures just before."),
    must("received", Number, "Records received = loaded + unchanged + quarantined."),
    must("loaded", Number, "Rows it changed or was the first to publish."),
    must("unchanged", Number, "Records that were here already, or came twice."),
    must("quarantined", Number, "Records that could not be taken."),
    must("withdrawn", Number, "Rows the source does not have any more."),
    must("requests", Number, "Requests it took."),
    must("degraded", Json, "Scopes that could not be read, with the reason."),
    may("degraded_status", Json, "The HTTP status of those scopes, where a vendor answered."),
    may("failure", Text, "Kind of failure, where it failed or is held.", _failures),
    may("http_status", Number, "HTTP status of the failure, where a vendor answered."),
    may("detail", Text, "What a person should know about it."),
    may("remedy", Text, "What a person can do about it."),
    may("reading", Text, "Short hash of what says what is read: the source's settings, and what was found at its path."),
    must("started_at", Instant, "When it was begun."),
    may("finished_at", Instant, "When it was published, held or given up."),
    Index("pulls_source", "source", "window_start"),
    Index("pulls_status", "status"),
    info={"grain": "the ledger: one window of one source", "at": "window_start", "until": "window_end"},
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True, doc="Number of the row."),
    must("source", Text, "Line of soundings.toml."),
    must("kind", Text, "Table it was meant for."),
    may("native_id", Text, "The vendor's identity, where it has one."),
    must("reason", Text, "Why it does not fit, and what would help."),
    may("raw", Raw, "The record, compressed."),
    must("fingerprint", Text, "Hash of the record, so that reading it again does not double it."),
    Column("pull_id", Number, ForeignKey("pulls.id"), nullable=False, doc="Pull that first met it."),
    must("quarantined_at", Instant, "When it was first met."),
    must("last_seen_at", Instant, "When it was last met."),
    UniqueConstraint("source", "kind", "fingerprint"),
    info={"grain": "one record we could not take", "at": "quarantined_at", "until": "quarantined_at"},
)

checks = Table(
    "checks",
    metadata,
    Column("pull_id", Number, ForeignKey("pulls.id"), nullable=False, doc="Pull that was checked."),
    must("table", Text, "Table, or pulls for the pull as a whole."),
    must("expectation", Text, "What was expected, of which column."),
    must("severity", Text, "A critical one holds the pull back.", Expect(among=("critical", "warning"))),
    must("detail", Text, "What was found instead."),
    must("checked_at", Instant, "When."),
    PrimaryKeyConstraint("pull_id", "table", "expectation"),
    info={"grain": "one expectation of one pull that did not hold", "at": "checked_at", "until": "checked_at"},
)

etags = Table(
    "etags",
    metadata,
    must("source", Text, "Line of soundings.toml."),
    must("url_hash", Text, "Hash of the address asked."),
    must("etag", Text, "What the vendor called the answer."),
    PrimaryKeyConstraint("source", "url_hash"),
    info={"grain": "the last answer to one request", "at": None, "until": None},
)

facts = Table(
    "facts",
    metadata,
    must("key", Text, "What is remembered."),
    must("value", Text, "Its value."),
    PrimaryKeyConstraint("key"),
    info={"grain": "one thing to remember between runs", "at": None, "until": None},
)

severities = Table(
    "severities",
    metadata,
    must("word", Text, "A vendor's word for a severity, in capitals."),
    must("rank", Number, "1 is the most severe.", Expect(at_least=1)),
    PrimaryKeyConstraint("word"),
    info={"grain": "one word of the severity map of soundings.toml", "at": None, "until": None},
)

UNPUBLISHED = ("landed", "held")  # pulls whose rows nobody reads yet
