"""Everything the report shows, as plain values. Both outputs are written from this and count nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from transforms.report.week import Week

# partial: a source of it does not cover the week, so the count is a lower bound; unknown: no source told of any in the weeks read
Standing = Literal["complete", "partial", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One rung of the ladder from commits to SEV2 or higher: how often it happened and how much of it was talked about."""

    name: str
    short_name: str
    stakes: int
    count: int
    by_bots: int
    talked: int
    median: float | None  # of the earlier weeks, None where there is no history
    standing: Standing = "complete"
    note: str = ""  # what the count is made of


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """Near misses and incidents: those that began in the week, and those talked about, waiting and let go in it, whenever they began.

    `noticed_talked` of the new ones have been talked about; `waiting_longer` of the waiting ones are from before it.
    `weeks` is how many earlier weeks the median covers.
    """

    noticed: int
    noticed_talked: int
    talked: int
    waiting: int
    waiting_longer: int
    let_go: int
    median: float | None
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Near misses and incidents whose time for a conversation ended this week, and how many have not had the one they call for."""

    still_open: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelWeek:
    """What became of the near misses that began in one week, as known now."""

    label: str
    noticed: int
    invited: int
    talked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """A line somebody wrote down in a conversation (foreign text)."""

    service: str
    line: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A near miss worth a conversation. `service`, `team`, `summary` and `recorded_as` are foreign text.

    `why`: what it is listed for beside the summary. `recorded_as`: where there is no link, the source and its name of what was seen.
    """

    service: str
    team: str | None
    summary: str
    why: tuple[str, ...]
    certainty: str
    started_at: datetime
    not_before_at: datetime | None
    url: str | None
    is_ticket: bool
    recorded_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingIncident:
    """A declared incident nobody is on record to have talked about (`service` is foreign text)."""

    service: str
    declared_at: datetime
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRow:
    """On-call stretches that touch the week, for one rotation of enough people. `ahead` counts planned ones of flag length or more."""

    name: str
    people: int
    stretches: int
    watch: int
    flag: int
    long: int
    loaded: int
    nights: int
    ahead: int
    is_structural: bool
    censored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The rotations that may be shown, and how many are too small to be."""

    rotations: tuple[RotationRow, ...]
    too_small: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How far one source reaches. `state`: fresh, stale (ends before the week does), missing. Hours are elapsed hours."""

    name: str
    state: str
    age_hours: float | None
    records: int
    gaps: int
    gap_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of something, and what or why (may be foreign text)."""

    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How sure we are. `accounts`: received, loaded, unchanged, quarantined in the windows of the week."""

    sources: tuple[SourceState, ...]
    accounts: Mapping[str, int]
    quarantine: tuple[Tally, ...]
    quarantine_more: int
    brought_aside: Mapping[str, tuple[str, ...]]  # table -> the sources with records of it that are set aside
    unmapped_services: int
    unmapped_events: int
    unplaced_incidents: int
    not_runnable: Mapping[str, Mapping[str, str]]  # detector -> source (`*`: all) -> what is missing
    withheld: tuple[Tally, ...]
    set_aside: tuple[Tally, ...]
    degraded: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, str], ...]
    arrived_late: int

    @property
    def silent(self) -> tuple[str, ...]:
        """The sources with no record dated in the week."""
        return tuple(source.name for source in self.sources if not source.records)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The sources that do not cover the whole week."""
        return tuple(source.name for source in self.sources if source.state != "fresh" or source.gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One week, complete: what either output shows. `as_of` is the instant the figures were counted for."""

    week: Week
    as_of: datetime
    opportunities: Opportunities
    tiers: tuple[Tier, ...]
    gap: Gap
    funnel: tuple[FunnelWeek, ...]
    learnings: tuple[Learning, ...]
    learnings_more: int
    answers: int
    candidates: tuple[Candidate, ...]
    incidents: tuple[WaitingIncident, ...]  # the week's that wait, beside the candidates
    not_shown: tuple[Tally, ...]  # the week's other near misses nobody talked about, by why nobody is asked here
    rest: Rest
    min_group: int
    level_days: tuple[float, float, float]  # watch and flag begin beyond, long at
    certainty: Certainty

    @property
    def is_closed(self) -> bool:
        """Whether the week was over long enough for late records to be in."""
        return self.as_of >= self.week.closes_at
