"""Which rotations and stretches become prompts: a rotation built from long turns once a quarter, a long stretch nobody's rotation explains once."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from transforms.estate import Estate
from transforms.policy import Policy
from transforms.prompts.codes import code
from transforms.prompts.cooling import NOBODY, not_before, opens_at, team_of
from transforms.prompts.stretch_draft import rotation_key
from transforms.rotations import noteworthy, structural_schedules


def rest_plan(stretches: pd.DataFrame, shifts: pd.DataFrame, estate: Estate, policy: Policy, *, now: datetime) -> list[dict[str, Any]]:
    """Rows like those of `plan`, each with its `finding`: the row of `structural_schedules` or of `stretches` it speaks of.

    A stretch counts while it ended within the age gate, or is still to come. Schedules no team names are nobody's to ask.
    """
    owners = {schedule: name for name, team in estate.teams.items() for schedule in team.rotations}
    structural = structural_schedules(shifts, policy, as_of=now)
    rotations = [
        _row("rotation", rotation_key(rotation["schedule"], now), owners[rotation["schedule"]], rotation, now, estate, policy)
        for rotation in structural.to_dict("records")
        if rotation["schedule"] in owners
    ]
    recent = stretches[stretches["ends_at"] > now - timedelta(days=policy.age_gate_days)]
    notes = [
        _row("stretch", stretch["key"], team, stretch, stretch["ends_at"].to_pydatetime(), estate, policy)
        for stretch in noteworthy(recent, structural).to_dict("records")
        if (team := next((owners[s] for s in stretch["schedules"] if s in owners), None))
    ]
    return rotations + notes


def _row(kind: str, key: str, team: str, finding: dict[Any, Any], at: datetime, estate: Estate, policy: Policy) -> dict[str, Any]:
    owner = team_of(team, estate.teams, estate.zone)
    return {
        "subject_kind": kind,
        "subject_key": key,
        "code": code(key),
        "team": team,
        "hits": [],
        "state": "planned",
        "withheld_reason": None,
        "same_as": None,
        "opens_at": opens_at(at, owner, policy),
        "not_before_at": not_before(at, NOBODY, owner, policy),
        "finding": finding,
    }
