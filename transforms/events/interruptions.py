"""Interruptions: which of them do not wait, and in which night (docs/definitions.md, on call)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.local_time import DAY

QUIET_CHANNELS = ("email", "chat")  # these wait; a push, SMS or call does not
BEDTIME, WAKING = time(22), time(8)


def loud(interruptions: pd.DataFrame) -> pd.DataFrame:
    """Those that do not wait: by push, SMS or call."""
    return interruptions[~interruptions["channel"].isin(QUIET_CHANNELS)] if len(interruptions) else interruptions


def night_of(at: datetime, zone: ZoneInfo) -> date | None:
    """The evening's date of the sleep hours (22:00-08:00 local) the instant falls in, None in the day. A clock-change night stays one."""
    local = at.astimezone(zone)
    if local.time() >= BEDTIME:
        return local.date()
    return local.date() - DAY if local.time() < WAKING else None
