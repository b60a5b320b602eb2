"""The figures of the health page, from the ledger, the quarantine and the outbox alone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from transforms.causes import Remedy, reasons
from transforms.estate import Estate
from transforms.events.rows import Tables, columns
from transforms.health.contents import Health, Trouble
from transforms.health.outbox import budgets, queue, refused, unclear, unopened, withheld
from transforms.health.sources import Expected, source_health, source_troubles
from transforms.policy import Policy

__all__ = ["Expected", "health"]

_PULL = ("id", "source", "window_start", "window_end", "status", "attempts", "received", "loaded", "unchanged", "quarantined", "requests")
_PROMPT = ("key", "subject_kind", "subject_key", "code", "team", "tracker", "state", "hits", "withheld_reason", "attempt")
_AT = ("planned_at", "opens_at", "sent_at", "opened_at", "answered_at")
_SAID = ("degraded", "degraded_status", "failure", "detail", "remedy")
_SHOWN = 20


def health(
    tables: Tables,
    sources: Mapping[str, Expected],
    live: Mapping[str, bool],
    policy: Policy,
    *,
    as_of: datetime,
    estate: Estate | None = None,
    unmatched: Iterable[Trouble] = (),
    remedy: Remedy = lambda *_: "",
) -> Health:
    """Figures of pulls, quarantine and prompts. Troubles: those for a person first, then the older, `unmatched` names among them.

    `live`: tracker -> whether it opens tickets. `remedy`: as `causes.reasons` asks.
    """
    pulls = columns(tables, "pulls", (*_PULL, *_SAID, "started_at", "finished_at"))
    prompts = columns(tables, "prompts", (*_PROMPT, *_AT))
    owned = {name: pulls[pulls["source"] == name] for name in sources}
    quarantine = columns(tables, "quarantine", ("source", "kind", "native_id", "reason", "quarantined_at", "last_seen_at"))
    aside, in_quarantine = tuple(reasons(quarantine, remedy)), quarantine["source"].value_counts()
    waiting = tuple(queue(prompts))
    troubles = [trouble for name, expected in sources.items() for trouble in source_troubles(name, expected, owned[name], as_of)]
    troubles += [*unclear(prompts, policy, as_of), *unopened(prompts, live, estate or Estate(), as_of), *refused(prompts, policy, as_of), *unmatched]
    return Health(
        as_of=as_of,
        troubles=tuple(sorted(troubles, key=lambda one: (not one.needs_person, one.since or as_of, one.where))),
        sources=tuple(
            source_health(name, expected, owned[name], as_of, in_quarantine=int(in_quarantine.get(name, 0))) for name, expected in sources.items()
        ),
        quarantine=aside[:_SHOWN],
        quarantine_more=len(aside[_SHOWN:]),
        budgets=tuple(budgets(prompts, policy, as_of)),
        prompts={str(state): int(count) for state, count in sorted(prompts["state"].value_counts().items())},
        waiting=waiting[:_SHOWN],
        waiting_more=len(waiting[_SHOWN:]),
        withheld=withheld(prompts),
    )
