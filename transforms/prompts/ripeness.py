"""Whether a finding is ripe to be asked about, and the reason a person can read where it is not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from transforms.events.sent import Mark, Sent
from transforms.local_time import DAY
from transforms.policy import Policy
from transforms.prompts.parts import STOP

LONGEST_WAIT = 3 * DAY  # for a source that does not arrive
UNSPOKEN = frozenset({"noticed", "resting", "invited"})  # states in which no person has said anything yet
SPOKEN = {
    "closed_unrecorded": "its ticket was closed",
    "talking": "people are talking about it",
    "let_go": "let go: it waited for too long",
    "merged": "it is the same story as another one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A finding that may become a prompt. `reason`: why it does not. `same_as`: the prompt that asks about it already."""

    key: str
    team: str | None
    owner: str
    detector: str
    stakes: int
    confidence: float
    ended_at: datetime
    state: str
    set_aside_reason: str | None
    hits: frozenset[str]
    marks: frozenset[Mark]
    reason: str | None = None
    same_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the plan is made against."""

    sent: Sequence[Sent]
    refused: Collection[str]  # keys of what a tracker does not take
    policy: Policy
    now: datetime
    covered_until: Mapping[str, datetime]
    first_seen: Mapping[str, datetime]


def held(item: Item, known: Known) -> tuple[str, str | None] | None:
    """Why the finding is not asked about now and the prompt that did so already; None where it is ripe."""
    if asked := same_story(item, known.sent):
        return f"already asked about in {asked.code}", asked.key
    if item.key in known.refused:
        return "its tracker does not take the ticket", None
    reason = spoken(item) or too_old(item, known) or waiting(item, known)
    if reason:
        return reason, None
    return silenced(item, known) or cooling_down(item, known)


def same_story(item: Item, sent: Sequence[Sent]) -> Sent | None:
    """The earliest prompt about this finding, or about one that shares a hit with it: a story whose key changed is asked once."""
    return next((one for one in sent if one.subject_key == item.key or one.hits & item.hits), None)


def spoken(item: Item) -> str | None:
    """Set aside, or people have spoken about it."""
    if item.state == "set_aside":
        return item.set_aside_reason or "set aside"
    return None if item.state in UNSPOKEN else SPOKEN.get(item.state, "people have talked about it")


def too_old(item: Item, known: Known) -> str | None:
    """The age gate: what a backfill finds is history, not a surprise."""
    policy = known.policy
    if known.first_seen.get(item.key, known.now) - item.ended_at > timedelta(days=policy.age_gate_days):
        return f"older than {policy.age_gate_days:g} days when first seen"
    return f"older than {policy.let_go_days:g} days" if known.now - item.ended_at > timedelta(days=policy.let_go_days) else None


def waiting(item: Item, known: Known) -> str | None:
    """What arrives late may change the story: every source has to reach beyond it, for at most three days."""
    settled = item.ended_at + timedelta(hours=known.policy.group_gap_hours)
    late = sorted(source for source, until in known.covered_until.items() if until < settled)
    return f"waiting for {', '.join(late)}" if late and known.now < settled + LONGEST_WAIT else None


def silenced(item: Item, known: Known) -> tuple[str, str | None] | None:
    """Everything in the story is of a kind people said not to ask about again, within `silence_days`."""
    rest = timedelta(days=known.policy.silence_days)
    quiet = [one for one in known.sent if STOP in one.dispositions and known.now - one.at < rest]
    alike = [one for one in quiet if one.marks & item.marks]
    if not item.marks or not item.marks <= frozenset[Mark]().union(*(one.marks for one in alike)):
        return None
    last = alike[-1]
    return f"people asked in {last.code} not to be asked about this until {last.at + rest:%Y-%m-%d}", last.key


def cooling_down(item: Item, known: Known) -> tuple[str, str | None] | None:
    """Everything in the story is of a kind that was asked about within `cooldown_days`."""
    recent = [one for one in known.sent if known.now - one.at < timedelta(days=known.policy.cooldown_days)]
    alike = [one for one in recent if one.marks & item.marks]
    if not item.marks or not item.marks <= frozenset[Mark]().union(*(one.marks for one in alike)):
        return None
    last = alike[-1]
    words = "this came back after" if last.is_answered else "the same kind of event was asked about in"
    return f"{words} {last.code} of {last.at:%Y-%m-%d}", last.key
