"""Everything the health page and `soundings doctor` show, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from transforms.causes import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is not as it would be: where, what, since when, what to do. `needs_person`: somebody can and has to mend it."""

    where: str
    what: str  # may be foreign text
    since: datetime | None
    remedy: str
    needs_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Of what a source sent lately for one table: how many records were set aside, and how many taken."""

    kind: str
    count: int
    taken: int
    since: datetime

    @property
    def is_most(self) -> bool:
        """Whether somebody should look."""
        return self.count > self.taken

    def __str__(self) -> str:
        """As a sentence."""
        return f"most of its {self.kind.replace('_', ' ')} were set aside: {self.count}, and {self.taken} taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How far one source was read. `not_covered`: what is missing before `covered_until`. Counts are of the pulls of the last seven days.

    `in_quarantine`: how many records are set aside now; a pull counts one that it met again as `quarantined` again.
    `is_read_again`: what it is to read was changed since, and what that adds is still to be read.
    """

    name: str
    state: str  # well, degraded, set aside, to be read again, late, ahead, failing, held, never read
    is_read_again: bool
    covered_until: datetime | None
    age_seconds: float | None
    not_covered: tuple[tuple[datetime, datetime], ...]
    received: int
    loaded: int
    unchanged: int
    quarantined: int
    requests: int
    in_quarantine: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Tickets opened in the last seven days, and how many there may be."""

    whose: str
    spent: int
    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One prompt in the outbox that is planned, or was sent without a clear answer. `at`: it opens then, or was sent then."""

    code: str
    team: str
    tracker: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All of it, as counted at `as_of`. `prompts`: how many are in each state; `withheld`: how many for which reason."""

    as_of: datetime
    troubles: tuple[Trouble, ...]
    sources: tuple[SourceHealth, ...]
    quarantine: tuple[Reason, ...]
    quarantine_more: int
    budgets: tuple[Budget, ...]
    prompts: Mapping[str, int]
    waiting: tuple[Waiting, ...]
    waiting_more: int
    withheld: Mapping[str, int]

    def beside(self, troubles: Iterable[Trouble]) -> "Health":
        """The same with troubles that the three tables do not tell; those for a person first."""
        return replace(self, troubles=tuple(sorted((*troubles, *self.troubles), key=lambda one: not one.needs_person)))

    @property
    def needs_person(self) -> tuple[Trouble, ...]:
        """What somebody has to mend."""
        return tuple(trouble for trouble in self.troubles if trouble.needs_person)
