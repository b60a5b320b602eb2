"""One row of each table as a person would write it: what docs/tables.md shows, and what `soundings init` lays beside soundings.toml."""

import csv
import io
from collections.abc import Mapping

ROWS: Mapping[str, Mapping[str, str]] = {
    "commits": {
        "repo": "shop",
        "sha": "9f2c1e7",
        "author": "ada@example.org",
        "committed_at": "2026-11-18 09:30 UTC",
        "title": "Raise the timeout of the cart",
        "paths": "cart/settings.yaml;cart/client.py",
    },
    "pull_requests": {
        "native_id": "shop#41",
        "repo": "shop",
        "number": "41",
        "title": "Raise the timeout of the cart",
        "opened_at": "2026-11-17 15:00 UTC",
        "merged_at": "2026-11-18 09:30 UTC",
        "author": "ada",
        "reviewers": "grace;linus",
    },
    "config_changes": {
        "native_id": "setting-311",
        "service": "cart",
        "system": "feature flags",
        "target": "cart/new-prices",
        "environment": "production",
        "applied_at": "2026-11-18 10:05 UTC",
        "old_value": "off",
        "new_value": "on",
        "actor": "ada",
    },
    "deploys": {
        "native_id": "release-882",
        "service": "cart",
        "environment": "production",
        "version": "1.14.2",
        "started_at": "2026-11-18 10:00 UTC",
        "finished_at": "2026-11-18 10:04 UTC",
        "status": "success",
        "actor": "ada",
    },
    "pages": {
        "native_id": "alert-5512",
        "service": "cart",
        "title": "Cart answers slowly",
        "triggered_at": "2026-11-18 10:20 UTC",
        "acknowledged_at": "2026-11-18 10:24 UTC",
        "acknowledged_by": "grace",
        "resolved_at": "2026-11-18 10:51 UTC",
        "resolved_by_kind": "human",
        "alert_key": "cart-latency",
    },
    "interruptions": {
        "native_id": "call-901",
        "person": "grace",
        "sent_at": "2026-11-18 10:21 UTC",
        "page_id": "alert-5512",
        "channel": "phone",
    },
    "incidents": {
        "native_id": "INC-77",
        "service": "cart",
        "title": "Carts could not be paid",
        "declared_at": "2026-11-18 10:30 UTC",
        "resolved_at": "2026-11-18 11:15 UTC",
        "severity_initial": "SEV3",
        "severity_max": "SEV2",
        "severity_final": "SEV2",
        "engaged": "grace;ada",
    },
    "shifts": {
        "native_id": "2026-W47/grace",
        "person": "grace",
        "schedule": "cart primary",
        "starts_at": "2026-11-16 09:00 UTC",
        "ends_at": "2026-11-23 09:00 UTC",
        "level": "1",
    },
    "people": {"native_id": "grace", "zone": "Europe/London"},
    "reviews": {
        "native_id": "review-12",
        "subject_kind": "incident",
        "subject_id": "INC-77",
        "level": "R3",
        "held_at": "2026-11-20 14:00 UTC",
        "attendees": "grace;ada;linus",
        "learning": "The timeout of the cart is shorter than that of what it calls.",
    },
}


def table(kind: str) -> str:
    """The first line and the example row of a table, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([ROWS[kind], ROWS[kind].values()])
    return text.getvalue()
