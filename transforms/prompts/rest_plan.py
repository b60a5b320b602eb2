"""Which rotations and stretches become prompts: a rotation built from long turns once a quarter, a long stretch nobody's rotation explains once."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.estate import Estate, Team
from transforms.local_time import zone_named
from transforms.policy import Policy
from transforms.prompts.budget import Budget
from transforms.prompts.codes import code
from transforms.prompts.cooling import NOBODY, not_before, opens_at, team_of, within_hours
from transforms.prompts.sent import given_up, sent_prompts
from transforms.prompts.stretch_draft import rotation_key
from transforms.rotations import noteworthy, structural_schedules


def rest_plan(
    stretches: pd.DataFrame, shifts: pd.DataFrame, prompts_so_far: pd.DataFrame, estate: Estate, policy: Policy, *, now: datetime
) -> list[dict[str, Any]]:
    """Rows like those of `plan`, each with its `finding`: the row of `structural_schedules` or of `stretches` it speaks of.

    What was asked already is left out; what is beyond the week's budget is withheld with its reason.
    A stretch counts while it ended within the age gate, or is still to come. Schedules no team names are nobody's to ask.
    What is over rests like any event; a rotation, and a stretch to come that a swap can still shorten, may be asked about in the next working hours.
    """
    owners = {schedule: name for name, team in estate.teams.items() for schedule in team.rotations}
    structural = structural_schedules(shifts, policy, as_of=now)
    recent = stretches[stretches["ends_at"] > now - timedelta(days=policy.age_gate_days)]
    found = [("rotation", rotation_key(row["schedule"], now), [row["schedule"]], row) for row in structural.to_dict("records")]
    found += [("stretch", row["key"], row["schedules"], row) for row in noteworthy(recent, structural).to_dict("records")]
    sent = sent_prompts(prompts_so_far, {})
    asked, budget = {one.subject_key for one in sent} | given_up(prompts_so_far), Budget(sent, policy, now)
    return [
        _row(kind, key, team, finding | {"team": team}, budget.take(team)) | _times(finding, team_of(team, estate.teams, estate.zone), policy, now)
        for kind, key, schedules, finding in found
        if key not in asked and (team := next((owners[schedule] for schedule in schedules if schedule in owners), None))
    ]


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
