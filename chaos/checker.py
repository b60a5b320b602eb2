"""The checker: the oracle against the warehouse and the tracker. It reads the tables with statements of its own, not with the product's reader."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from sqlalchemy import text

from chaos.oracle import Key
from chaos.worker import settings_at
from chaos.world import World
from pipeline import steps

# What each table has to say of a record.
_FACTS = {
    "commits": "title",
    "pull_requests": "title",
    "deploys": "r.status",
    "pages": "CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'resolved' END",
    "interruptions": "channel",
    "people": "zone",
    "config_changes": "target",
}
_ROWS = " UNION ALL ".join(
    f"SELECT '{table}' AS kind, r.source, r.native_id, {fact} AS fact FROM {table} r JOIN pulls p ON p.id = r.landed_by"  # noqa: S608 - names of ours
    " WHERE p.status IN ('published', 'degraded') AND r.withdrawn_at IS NULL"
    for table, fact in _FACTS.items()
)
_ODD_LINES = "SELECT count(*) FROM pulls WHERE received <> loaded + unchanged + quarantined"
_SENT = "SELECT code FROM prompts WHERE number IS NOT NULL"


@dataclass(slots=True)
class Tally:
    """Counts over trials. `paused`: workers that slept past their lease and went on. `recovered`: not there when a run had died, there in the end.

    `late`: visible only after their time had been read. `fell_after`: the last points that killed workers had reached.
    """

    trials: int = 0
    crashes: int = 0
    paused: int = 0
    received: int = 0
    loaded: int = 0
    lost: int = 0
    doubled: int = 0
    recovered: int = 0
    late: int = 0
    tickets: int = 0
    tickets_lost: int = 0
    tickets_doubled: int = 0
    complaints: list[str] = field(default_factory=list)
    fell_after: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)})

    @property
    def is_sound(self) -> bool:
        """Whether nothing is lost, nothing doubled and every line accounted for."""
        return not (self.wrong or self.complaints)

    @property
    def wrong(self) -> str:
        """What is lost or doubled, in words; empty where nothing is."""
        named = {"lost": self.lost, "doubled": self.doubled, "lost of the tickets": self.tickets_lost, "doubled of the tickets": self.tickets_doubled}
        return ", ".join(f"{count} {what}" for what, count in named.items() if count)

    def told_with(self, seed: str) -> "Tally":
        """The same; its complaints carry the seed."""
        return replace(self, complaints=[f"seed {seed}: {one}" for one in (self.wrong, *self.complaints) if one])


def missing(path: Path, world: World) -> set[Key]:
    """What the vendors have and the warehouse does not, or says otherwise."""
    return _lost(world, _rows(path))


def checked(path: Path, world: World, unclear: Collection[Key] = ()) -> Tally:
    """What came of one trial. `unclear`: what was missing after some run had died."""
    rows = _rows(path)
    there = Counter(key for key, _ in rows)
    lost = _lost(world, rows)
    stray = there.keys() - world.oracle.facts.keys()
    tally = Tally(
        trials=1,
        received=len(world.oracle.facts),
        loaded=len(there),
        lost=len(lost),
        doubled=there.total() - len(there),
        recovered=len(set(unclear) & there.keys() - lost),
        late=len(world.oracle.late & there.keys()),
        complaints=[f"never put into any vendor: {sorted(stray)[:3]}"] if stray else [],
    )
    with steps.warehouse(settings_at(path)) as store, store.reading() as connection:
        if odd := connection.execute(text(_ODD_LINES)).scalar_one():
            tally.complaints.append(f"{odd} ledger lines with received <> loaded + unchanged + quarantined")
    return tally


def tickets(path: Path, world: World) -> Tally:
    """The tickets of one trial against the findings."""
    codes = Counter(found[0] for body in world.opened() if (found := re.search(r"^LO-[0-9a-f]{8}", body, re.MULTILINE)))
    tally = Tally(
        tickets=codes.total(),
        tickets_lost=max(0, world.oracle.findings - len(codes)),
        tickets_doubled=codes.total() - len(codes),
    )
    with steps.warehouse(settings_at(path)) as store, store.reading() as connection:
        known = set(connection.scalars(text(_SENT)))
    if known != codes.keys():
        tally.complaints.append("outbox and tracker do not know of the same tickets")
    return tally


def _rows(path: Path) -> list[tuple[Key, str]]:
    with steps.warehouse(settings_at(path)) as store, store.reading() as connection:
        return [((row.kind, row.source, row.native_id), row.fact) for row in connection.execute(text(_ROWS))]


def _lost(world: World, rows: list[tuple[Key, str]]) -> set[Key]:
    said = dict(rows)
    return {key for key, fact in world.oracle.must_have() if said.get(key) != fact}
