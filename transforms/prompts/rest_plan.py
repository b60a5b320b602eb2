"""Which rotations and stretches become prompts: a rotation built from long turns once a quarter, a long stretch nobody's rotation explains once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.estate import Team
from transforms.events import Events
from transforms.events.sent import NOT_ASKED, given_up, sent_prompts
from transforms.local_time import zone_named
from transforms.on_call.duty import rotas
from transforms.on_call.rotations import Rotation, noteworthy, rotations, structural_rotations
from transforms.policy import Policy
from transforms.prompts.budget import Budget
from transforms.prompts.codes import code
from transforms.prompts.cooling import NOBODY, not_before, opens_at
from transforms.prompts.parts import REST_DISPOSITIONS
from transforms.prompts.stretch_draft import rotation_key
from transforms.working_hours import team_of, within_hours

RIGHT = REST_DISPOSITIONS[0]


def rest_plan(stretches: pd.DataFrame, events: Events, prompts_so_far: pd.DataFrame, *, now: datetime) -> list[dict[str, Any]]:
    """Rows like those of `plan`, each with its `finding`: the row of `structural_rotations` or of `stretches` it speaks of.

    What was asked already is left out, also where the stretch was swapped or corrected since (`stretches` has withdrawn rows, too), and for
    `rotation_quiet_days` a rotation; so are the stretches of one that is right as it is. What is beyond the week's budget is withheld.
    A stretch counts while it ended within the age gate, or is still to come. Schedules no team names are nobody's to ask.
    What is over rests like any event; a rotation, and a stretch to come that a swap can still shorten, may be asked about in the next working hours.
    """
    estate, policy, duty = events.estate, events.policy, rotas(events)
    structural = structural_rotations(duty, estate, policy, as_of=now)
    memory = Memory(prompts_so_far, stretches, rotations(duty, estate), policy, now)
    standing = stretches[stretches["withdrawn_at"].isna()] if "withdrawn_at" in stretches else stretches
    recent = noteworthy(standing[standing["ends_at"] > now - timedelta(days=policy.age_gate_days)], structural)
    found = [("rotation", rotation_key(row["schedules"], now), row) for row in structural.to_dict("records") if not memory.is_quiet(row["schedules"])]
    found += [("stretch", row["key"], row) for row in recent.to_dict("records") if not memory.knows(row)]
    sent, owners = sent_prompts(prompts_so_far, {}), estate.owners
    asked, budget = {one.subject_key for one in sent} | given_up(prompts_so_far), Budget(sent, policy, now, of_rest=True)
    return [
        _row(kind, key, team, finding | {"team": team}, budget.take(team)) | _times(finding, team_of(team, estate.teams, estate.zone), policy, now)
        for kind, key, finding in found
        if key not in asked and (team := next((owners[name] for name in finding["schedules"] if name in owners), None))
    ]


class Memory:
    """What was asked about time on call."""

    def __init__(self, prompts: pd.DataFrame, stretches: pd.DataFrame, built: Mapping[str, Rotation], policy: Policy, now: datetime) -> None:
        """Prompts somebody may have seen, the stretches they were about, withdrawn or not, and the rotation of each schedule."""
        asked = prompts[~prompts["state"].isin(NOT_ASKED)]
        told = stretches[stretches["key"].isin(asked["subject_key"])]
        self._spans = list(zip(told["person"], told["starts_at"], told["ends_at"], strict=True))
        since = now - timedelta(days=policy.rotation_quiet_days)
        self._rotations = [row for row in asked[asked["subject_kind"] == "rotation"].to_dict("records") if _asked_at(row) > since]
        self._built = built

    def is_quiet(self, schedules: Iterable[str]) -> bool:
        """Whether the rotation was asked about lately, also while it had fewer schedules."""
        return any(_is_about(row, schedules) for row in self._rotations)

    def knows(self, stretch: Mapping[Any, Any]) -> bool:
        """Whether one that overlaps it was asked about, or one of its rotations is right as it is."""
        schedules = {name for own in stretch["schedules"] for name in self._built.get(own, (own,))}
        is_right = any(_is_about(row, schedules) for row in self._rotations if RIGHT in str(row.get("disposition")))
        person, start, end = stretch["person"], stretch["starts_at"], stretch["ends_at"]
        return is_right or any(one == person and begun < end and ended > start for one, begun, ended in self._spans)


def _is_about(prompt: Mapping[Any, Any], schedules: Iterable[str]) -> bool:
    return any(prompt["subject_key"] == rotation_key([name], _asked_at(prompt)) for name in schedules)


def _asked_at(row: Mapping[Any, Any]) -> datetime:
    """When the prompt was planned, by whose quarter it is named."""
    at: datetime = row["planned_at"].to_pydatetime()
    return at


def _times(finding: dict[Any, Any], team: Team, policy: Policy, now: datetime) -> dict[str, datetime]:
    """`opens_at` and `not_before_at`. Not a day after `now` for what is still to come: planned anew each run, it would never open."""
    ended = finding["ends_at"].to_pydatetime() if "ends_at" in finding else now
    opens = opens_at(ended, team, policy) if ended < now else within_hours(now, zone_named(team.zone) or ZoneInfo("UTC"), team)
    return {"opens_at": opens, "not_before_at": not_before(min(ended, now), NOBODY, team, policy)}


def _row(kind: str, key: str, team: str, finding: dict[Any, Any], reason: str | None) -> dict[str, Any]:
    return {
        "subject_kind": kind,
        "subject_key": key,
        "code": code(key),
        "team": team,
        "hits": [],
        "state": "withheld" if reason else "planned",
        "withheld_reason": reason,
        "same_as": None,
        "finding": finding,
    }
