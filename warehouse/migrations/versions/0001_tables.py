"""The first tables. Frozen: what changes later is another migration (this one says what was, warehouse/schema.py what is).

Revision ID: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BEFORE = "service:text source:text! native_id:text! scope:text"  # what every table of signals begins and ends with
AFTER = "url:text changed_at_source:instant raw:bytes first_seen_at:instant! landed_by:int! withdrawn_at:instant"

SIGNALS = {
    "commits": """
        repo:text! sha:text! author:text committed_at:instant! authored_at:instant is_bot:bool! is_merge:bool! title:text! body:text!
        branch:text pr_ref:text paths:text! co_authors:text! change_id:text undo_id:text
    """,
    "pull_requests": """
        repo:text! number:text! title:text! opened_at:instant! author:text is_bot:bool! body:text! branch:text merged_at:instant
        closed_at:instant merge_sha:text reviewers:text! review_state:text
    """,
    "config_changes": """
        system:text! target:text! applied_at:instant! environment:text old_value:text new_value:text actor:text is_bot:bool! title:text!
        is_planned:bool
    """,
    "deploys": """
        environment:text! version:text started_at:instant! finished_at:instant status:text! previous_version:text commit_sha:text actor:text
        is_bot:bool! title:text!
    """,
    "pages": """
        title:text! triggered_at:instant! alert_key:text urgency:text severity:text acknowledged_at:instant acknowledged_by:text
        resolved_at:instant resolved_by_kind:text engaged:text! teams:text! escalations:int reassignments:int incident_id:text has_note:bool
    """,
    "interruptions": "person:text! sent_at:instant! page_id:text channel:text",
    "incidents": """
        title:text! declared_at:instant! severity_initial:text severity_max:text severity_final:text severity_changed_at:instant status:text
        kind:text! resolved_at:instant engaged:text! teams:text!
    """,
    "shifts": "person:text! schedule:text! starts_at:instant! ends_at:instant! level:int! origin:text! zone:text",
    "people": "zone:text",
    "reviews": """
        subject_kind:text! subject_id:text! level:text! disposition:text held_at:instant attendees:text! non_responders:int learning:text
        state:text
    """,
}

TABLES = {
    "near_miss_hits": """
        key:text! detector:text! family:text! service:text! trigger_source:text trigger_id:text recovery_source:text recovery_id:text
        started_at:instant! ended_at:instant! confidence:float! reading:text! evidence:text rule_version:text! near_miss_key:text
        first_seen_at:instant! withdrawn_at:instant
    """,
    "near_misses": """
        key:text! service:text! team:text started_at:instant! ended_at:instant! confidence:float! stakes:int! placement:text! state:text!
        set_aside_reason:text hits:text! detectors:text! summary:text! incident_id:text review_level:text first_seen_at:instant!
        withdrawn_at:instant
    """,
    "stretches": """
        key:text! person:text! team:text zone:text! is_assumed_zone:bool! starts_at:instant! ends_at:instant! span_local_days:float!
        elapsed_hours:float! covered_hours:float! nights:int! weekend_days:int! interruptions:int! sleep_interruption_nights:int!
        level:text! origin:text! is_loaded:bool! is_left_censored:bool! is_forecast:bool! schedules:text! first_seen_at:instant!
        withdrawn_at:instant
    """,
    "prompts": """
        key:text! subject_kind:text! subject_key:text! team:text tracker:text! code:text! state:text! number:text url:text title:text
        body:text hits:text withheld_reason:text disposition:text attempt:int! owner:text lease_until:instant planned_at:instant
        same_as:text opens_at:instant not_before_at:instant sent_at:instant opened_at:instant answered_at:instant
    """,
    "pulls": """
        id:id! source:text! window_start:instant! window_end:instant! status:text! attempts:int! received:int! loaded:int! unchanged:int!
        quarantined:int! withdrawn:int! requests:int! degraded:text! detail:text started_at:instant! finished_at:instant
    """,
    "quarantine": """
        id:id! source:text! kind:text! native_id:text reason:text! raw:bytes fingerprint:text! pull_id:int! quarantined_at:instant!
        last_seen_at:instant!
    """,
    "checks": "pull_id:int! table:text! expectation:text! severity:text! detail:text! checked_at:instant!",
    "etags": "source:text! url_hash:text! etag:text!",
    "facts": "key:text! value:text!",
    "severities": "word:text! rank:int!",
}

KEYS = {
    "pulls": ("id",),
    "quarantine": ("id",),
    "checks": ("pull_id", "table", "expectation"),
    "etags": ("source", "url_hash"),
    "severities": ("word",),
}
AT = {
    "commits": "committed_at",
    "pull_requests": "opened_at",
    "config_changes": "applied_at",
    "deploys": "started_at",
    "pages": "triggered_at",
    "interruptions": "sent_at",
    "incidents": "declared_at",
    "shifts": "starts_at",
}


def column(word: str) -> sa.Column[object]:
    """The column that `name:type` describes; `!` means it always has a value."""
    name, kind = word.rstrip("!").split(":")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # the same order of rows as on SQLite, whatever the locale
    types: dict[str, Any] = {
        "text": text, "instant": instant, "bytes": sa.LargeBinary(), "bool": sa.Boolean(), "float": sa.Float(), "int": number, "id": number,
    }  # fmt: skip
    return sa.Column(name, types[kind], nullable=not word.endswith("!"), autoincrement=kind == "id")


def upgrade() -> None:
    """Make them, with their keys and indexes."""
    for name, words in SIGNALS.items():
        columns = map(column, f"{BEFORE} {words} {AFTER}".split())
        op.create_table(name, *columns, sa.PrimaryKeyConstraint("source", "native_id"))
        op.create_index(f"{name}_landed_by", name, ["landed_by"])
        if name in AT:
            op.create_index(f"{name}_at", name, [AT[name]])
    for name, words in TABLES.items():
        constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*KEYS.get(name, ("key",)))]
        if "pull_id:" in words:
            constraints.append(sa.ForeignKeyConstraint(["pull_id"], ["pulls.id"]))
        if name == "quarantine":
            constraints.append(sa.UniqueConstraint("source", "kind", "fingerprint"))
        op.create_table(name, *map(column, words.split()), *constraints)
    op.create_index("pulls_source", "pulls", ["source", "window_start"])
    op.create_index("pulls_status", "pulls", ["status"])
