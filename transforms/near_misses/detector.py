"""What a detector says of itself: its rule, its words, its evidence and questions, and what a source must bring for it to look."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from transforms.events import Events
from transforms.near_misses.hits import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector and its words, the same in the report and in tickets; services, versions and alerts are the subjects, never people."""

    code: str
    hits: Callable[[Events], Iterator[Hit]]
    needs: tuple[tuple[str, tuple[str, ...]], ...]  # table and columns without which a source cannot be looked at; first the one of its triggers
    vocabulary: tuple[str, str, tuple[str, ...]] | None = None  # table, column, its known words: rows with another cannot be looked at
    untold: Callable[[Events], dict[str, str]] | None = None  # source -> what of it cannot be told
    name: str
    rule: str  # one clause: "You see this because ..."
    why: str  # one sentence: why the report lists it
    fact: Callable[[Mapping[str, Any], str], str]  # what one hit says, from its evidence and how long it took; one clause, no full stop
    moment: tuple[str, ...] = ()  # what is said of one time in a list of several
    shown: Mapping[str, str]  # what of its evidence a ticket shows, and under which label; the rest is in the fact or the times
    unremarkable: Mapping[str, object] = field(default_factory=dict)  # values that go without saying
    named_by: str | None = None  # the evidence that says already what the source calls it
    questions: tuple[str, ...]  # three to five

    @property
    def subject_kind(self) -> str:
        """As what a review names a trigger or recovery of this detector: `deploy` for a row of `deploys`."""
        return self.needs[0][0].removesuffix("s")
