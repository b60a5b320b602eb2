"""What was asked before, and what a new finding has in common with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

Mark = tuple[str, str, str]  # detector, service, place
NOT_ASKED = ("planned", "withheld", "refused")  # states of a prompt nobody can have seen
TRIES = 3  # of a ticket its tracker does not take; then a person has to change something


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A prompt that was sent, or may have been. `owner`: whose budget it used."""

    key: str
    subject_kind: str
    subject_key: str
    code: str
    owner: str
    at: datetime
    is_answered: bool
    dispositions: frozenset[str]
    hits: frozenset[str]
    marks: frozenset[Mark]


def sent_prompts(prompts: pd.DataFrame, marks: Mapping[str, Mark]) -> list[Sent]:
    """The prompts that count as asked, oldest first; `marks` gives the mark of each hit that still holds."""
    asked = prompts[~prompts["state"].isin(NOT_ASKED)]
    return sorted((sent(row, marks) for row in asked.to_dict("records")), key=lambda one: (one.at, one.key))


def given_up(prompts: pd.DataFrame) -> set[str]:
    """What the prompts are about that their tracker did not take and that are not tried again (subject_key)."""
    refused = prompts[prompts["state"] == "refused"]
    return set(refused.loc[refused["attempt"] >= TRIES, "subject_key"]) if len(refused) else set()


def sent(row: Mapping[Any, Any], marks: Mapping[str, Mark]) -> Sent:
    """One row of the table prompts."""
    hits = frozenset(map(str, row["hits"])) if isinstance(row["hits"], list | tuple) else frozenset()
    known = frozenset(marks[hit] for hit in hits if hit in marks)
    at = next(row[name] for name in ("opened_at", "sent_at", "planned_at") if pd.notna(row[name]))
    return Sent(
        key=str(row["key"]),
        subject_kind=str(row["subject_kind"]),
        subject_key=str(row["subject_key"]),
        code=str(row["code"]),
        owner=owner(row["team"], {service for _, service, _ in known}),
        at=at.to_pydatetime(),
        is_answered=pd.notna(row["answered_at"]),
        dispositions=frozenset(str(said).split(", ")) if pd.notna(said := row.get("disposition")) else frozenset(),
        hits=hits,
        marks=known,
    )


def owner(team: Any, services: set[str]) -> str:
    """The team; a service nobody owns has a budget of its own."""
    return str(team) if pd.notna(team) else f"service {min(services, default='')}"
