"""Where each near miss stands (docs/definitions.md, states): what people did comes before what the pipeline did."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from transforms.events.reviews import LEVELS, STATES
from transforms.policy import Policy

_BY_PROMPT = {
    "planned": "resting",
    "intent": "invited",
    "unknown": "invited",
    "open": "invited",
    "talking": "talking",
    "answered": "answered",
    "closed": "closed_unrecorded",
}


def states(near_misses: pd.DataFrame, prompts: pd.DataFrame, now: datetime, policy: Policy) -> pd.DataFrame:
    """The same near misses with `state` filled in. What people said comes before what the pipeline did; set aside stays set aside."""
    asked_about = prompts[prompts["state"] != "withheld"]
    said = dict(zip(asked_about["subject_key"], asked_about["state"], strict=True))
    limit = now - timedelta(days=policy.let_go_days)

    def state(row: Any) -> str:
        if row.state == "set_aside":
            return "set_aside"
        if level := LEVELS.get(row.review_level):
            return STATES[level]
        asked = _BY_PROMPT.get(said.get(row.key, ""))
        if asked in {"talking", "answered", "closed_unrecorded"}:
            return asked
        if row.placement != "count" and row.ended_at.to_pydatetime() < limit:
            return "let_go"
        return asked or "noticed"

    return near_misses.assign(state=[state(row) for row in near_misses.itertuples()])
