"""Pages: which alert each is of, how long it lasted, whether it ended by itself, and whether somebody was asleep."""

import pandas as pd

from transforms.events.alerts import alert_codes
from transforms.events.people import People
from transforms.events.rows import Tables, rows
from transforms.load import QUIET_CHANNELS, night_of

_COLUMNS = (
    "alert_key",
    "title",
    "triggered_at",
    "acknowledged_at",
    "acknowledged_by",
    "resolved_at",
    "resolved_by_kind",
    "teams",
    "incident_id",
    "has_note",
    "url",
)


def pages(tables: Tables, people: People) -> pd.DataFrame:
    """Each page once, by triggered_at, with `alert` (number of the alert), `seconds` until resolved, `is_asleep` and `is_self_resolved`."""
    found = rows(tables, "pages", _COLUMNS, "triggered_at")
    resolved, acknowledged = (pd.to_datetime(found[name], utc=True) for name in ("resolved_at", "acknowledged_at"))
    by_itself = found["resolved_by_kind"].isin(["integration", "timeout"]) & found["has_note"].astype("boolean").fillna(value=False).eq(other=False)
    return found.assign(
        alert=alert_codes(found),
        resolved_at=resolved,
        acknowledged_at=acknowledged,
        seconds=(resolved - found["triggered_at"]).dt.total_seconds(),
        is_self_resolved=by_itself,
        is_asleep=found["native_id"].isin(sleep_pages(tables, people)),
    )


def sleep_pages(tables: Tables, people: People) -> set[str]:
    """Pages that reached somebody by push, SMS or call in the sleep hours of that person's own zone."""
    calls = rows(tables, "interruptions", ("person", "page_id", "sent_at", "channel"), "sent_at").dropna(subset=["person", "page_id"])
    woken: set[str] = set()
    for identity, group in calls[~calls["channel"].isin(QUIET_CHANNELS)].groupby("person", sort=False):
        zone, _ = people.zone_of(people.person_of(str(identity)))
        woken.update(page for page, at in zip(group["page_id"], group["sent_at"], strict=True) if night_of(at.to_pydatetime(), zone))
    return woken
