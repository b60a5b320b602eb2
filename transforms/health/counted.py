"""The figures of the health page, from the ledger, the quarantine and the outbox alone."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import pandas as pd

from transforms.estate import Estate
from transforms.health.contents import Health, Reason
from transforms.health.outbox import budgets, queue, refused, unclear, unopened, withheld
from transforms.health.sources import Expected, source_health, source_troubles
from transforms.policy import Policy
from transforms.report.frames import Frames, columns, text

__all__ = ["Expected", "health"]

_PULL = ("id", "source", "window_start", "window_end", "status", "attempts", "received", "loaded", "unchanged", "quarantined", "requests")
_PROMPT = ("key", "subject_key", "code", "team", "tracker", "state", "hits", "withheld_reason", "attempt")
_AT = ("planned_at", "opens_at", "sent_at", "opened_at", "answered_at")
_SAID = ("degraded", "degraded_status", "failure", "detail", "remedy")
_SHOWN = 20


def health(
    tables: Frames, sources: Mapping[str, Expected], live: Mapping[str, bool], policy: Policy, *, as_of: datetime, estate: Estate | None = None
) -> Health:
    """Figures of pulls, quarantine and prompts. Troubles: those for a person first, then the older.

    `live`: tracker -> whether it opens tickets.
    """
    pulls = columns(tables, "pulls", (*_PULL, *_SAID, "started_at", "finished_at"))
    prompts = columns(tables, "prompts", (*_PROMPT, *_AT))
    owned = {name: pulls[pulls["source"] == name] for name in sources}
    reasons = tuple(_reasons(columns(tables, "quarantine", ("source", "kind", "native_id", "reason", "quarantined_at", "last_seen_at"))))
    waiting = tuple(queue(prompts))
    troubles = [trouble for name, expected in sources.items() for trouble in source_troubles(name, expected, owned[name], as_of)]
    troubles += [*unclear(prompts, policy, as_of), *unopened(prompts, live, estate or Estate(), as_of), *refused(prompts, policy, as_of)]
    return Health(
        as_of=as_of,
        troubles=tuple(sorted(troubles, key=lambda one: (not one.needs_person, one.since or as_of, one.where))),
        sources=tuple(source_health(name, expected, owned[name], as_of) for name, expected in sources.items()),
        quarantine=reasons[:_SHOWN],
        quarantine_more=len(reasons[_SHOWN:]),
        budgets=tuple(budgets(prompts, policy, as_of)),
        prompts={str(state): int(count) for state, count in sorted(prompts["state"].value_counts().items())},
        waiting=waiting[:_SHOWN],
        waiting_more=len(waiting[_SHOWN:]),
        withheld=withheld(prompts),
    )


def _reasons(quarantine: pd.DataFrame) -> Iterator[Reason]:
    """The frequent first. A reason begins with the record's identity, which is left out so that equal reasons count together."""
    without = [text(row.reason).removeprefix(f"{text(row.native_id)}: ") for row in quarantine.itertuples()]
    grouped = quarantine.assign(reason=without).groupby(["source", "kind", "reason"], sort=True)
    counted = grouped.agg(count=("reason", "size"), since=("quarantined_at", "min"), last=("last_seen_at", "max")).reset_index()
    for row in counted.sort_values(["count", "source", "kind", "reason"], ascending=[False, True, True, True]).to_dict("records"):
        yield Reason(
            source=row["source"],
            kind=row["kind"],
            reason=row["reason"],
            count=int(row["count"]),
            since=row["since"].to_pydatetime(),
            last_seen_at=row["last"].to_pydatetime(),
        )
