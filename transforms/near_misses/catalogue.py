"""The detectors there are, each with everything it says. Adding one is one function and one entry here (definitions: near misses, catalogue)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from signals.records import ENDED_BY, NOT_LIVE, WENT_LIVE
from transforms.events import Events
from transforms.near_misses.configuration import values_put_back
from transforms.near_misses.deploys import step_backs, untold
from transforms.near_misses.hits import Hit
from transforms.near_misses.pages import flapping, self_resolved, woken
from transforms.near_misses.reverts import reverts
from transforms.words.foreign_names import setting, tame
from transforms.words.moments import duration
from transforms.words.numbers import times


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector and its words, the same in the report and in tickets; services, versions and alerts are the subjects, never people."""

    code: str
    hits: Callable[[Events], Iterator[Hit]]
    needs: tuple[tuple[str, tuple[str, ...]], ...]  # table and columns without which a source cannot be looked at; first the one of its triggers
    words: tuple[str, str, tuple[str, ...]] | None = None  # table, column, its known words: rows with another cannot be looked at
    untold: Callable[[Events], dict[str, str]] | None = None  # source -> what of it cannot be told
    name: str
    rule: str  # one clause: "You see this because ..."
    why: str  # one sentence: why the report lists it
    fact: Callable[[Mapping[str, Any], str], str]  # what one hit says, from its evidence and how long it took; one clause, no full stop
    moment: tuple[str, ...] = ()  # what is said of one time in a list of several
    questions: str  # a set of transforms/prompts/questions.py

    @property
    def subject_kind(self) -> str:
        """As what a review names a trigger or recovery of this detector: `deploy` for a row of `deploys`."""
        return self.needs[0][0].removesuffix("s")


def _commit(sha: object) -> str:
    name = tame(sha, "")
    return f"commit {name}" if name else "a commit"


def _again(seen: Mapping[str, Any]) -> str:
    name = tame(seen.get("again"), "")
    return f" ({name} again)" if name else ""


_ENDED = ("pages", "resolved_by_kind", ENDED_BY)
DETECTORS = (
    Detector(
        code="NM-01",
        hits=step_backs,
        untold=untold,
        needs=(("deploys", ("environment", "version", "started_at")),),
        words=("deploys", "status", (*WENT_LIVE, *NOT_LIVE)),
        name="step-back deploy",
        rule="a version seen before came back to production",
        why="An earlier version was put back.",
        fact=lambda seen, took: (
            f"{tame(seen.get('replaced_version'), 'a new version')} was replaced by "
            f"{tame(seen.get('version'), 'an earlier one')}{_again(seen)} after {took}"
        ),
        questions="put back",
    ),
    Detector(
        code="NM-02",
        hits=reverts,
        needs=(("commits", ("sha", "committed_at", "title")),),
        name="revert of a merged commit",
        rule="a merged commit was undone within days",
        why="A commit was undone soon after.",
        fact=lambda seen, took: f"{_commit(seen.get('undone'))} was undone after {took}",
        questions="put back",
    ),
    Detector(
        code="NM-03",
        hits=values_put_back,
        needs=(("config_changes", ("target", "old_value", "new_value", "applied_at")),),
        name="configuration value put back",
        rule="a setting went back to the value it had before",
        why="A configuration value was put back.",
        fact=lambda seen, took: f"{setting(seen.get('target'))} was put back to its earlier value after {took}",
        questions="put back",
    ),
    Detector(
        code="NM-13",
        hits=self_resolved,
        needs=(("pages", ("triggered_at", "acknowledged_at", "resolved_at", "resolved_by_kind")),),
        words=_ENDED,
        name="acknowledged, then ended by itself",
        rule="a page was acknowledged and ended by itself, with nothing written down",
        why="A page was acknowledged, then went quiet by itself.",
        fact=lambda _, took: f"a page was acknowledged and ended by itself after {took}",
        moment=("acknowledged", "ended by itself"),
        questions="alert",
    ),
    Detector(
        code="NM-14",
        hits=woken,
        needs=(("pages", ("triggered_at", "resolved_at", "resolved_by_kind")), ("interruptions", ("person", "page_id", "sent_at"))),
        words=_ENDED,
        name="woken for nothing lasting",
        rule="a page reached a person in sleep hours and soon ended by itself",
        why="A page in sleep hours did not last.",
        fact=lambda _, took: f"a page in sleep hours ended by itself after {took}",
        moment=("ended by itself",),
        questions="woken",
    ),
    Detector(
        code="NM-15",
        hits=flapping,
        needs=(("pages", ("triggered_at", "resolved_at")),),
        name="flapping alert",
        rule="one alert came and went several times",
        why="An alert came and went several times.",
        fact=lambda seen, took: f"an alert came and went {times(seen.get('times'))} within {took}",
        questions="flapping",
    ),
)
BY_CODE = {detector.code: detector for detector in DETECTORS}


def fact(code: str, evidence: Mapping[str, Any], length: timedelta) -> str:
    """What one hit says: one neutral clause without the service and without a full stop."""
    return BY_CODE[code].fact(evidence, duration(length))
