"""Check: what landed is held against the expectations; only what passes is published."""

from collections.abc import Iterable
from typing import Any

from pipeline.clock import now
from pipeline.worklog import note
from warehouse.store import Store

COUNTS = ("received", "loaded", "unchanged", "quarantined", "withdrawn")


class Held(Exception):
    """Rows landed that cannot be right. They are kept and not published; the `checks` table names them."""

    remedy = "Look at the records named here, mend the source or its connector; the next run pulls the window again by itself (docs/operations.md)."


def check(store: Store, pulls: Iterable[int]) -> dict[str, Any]:
    """Hold what these pulls landed against the expectations and publish what passes. Raises Held where a critical one did not hold."""
    from warehouse.checks import check as checked  # noqa: PLC0415 - Great Expectations takes seconds to import

    results = {}
    for pull in pulls:
        results[pull] = result = checked(store, pull, now())
        note("pull_checked", pull_id=pull, critical=len(result.critical), warnings=len(result.warnings))
    held = {pull: result.critical for pull, result in results.items() if result.critical}
    if held:
        reasons = "; ".join(f"pull {pull} is held: {', '.join(map(str, found))}" for pull, found in held.items())
        raise Held(f"{reasons}. {Held.remedy}")
    return {"pulls": list(results), "warnings": sum(len(result.warnings) for result in results.values())}


def published(store: Store, pulls: Iterable[int]) -> dict[str, Any]:
    """What the asset event of these pulls says: the time they read, from the earliest to the latest, and their counts. Empty where there are none."""
    lines = store.read("pulls", ["window_start", "window_end", *COUNTS], where={"id": list(pulls)})
    if lines.empty:
        return {}
    window = {"window_start": lines["window_start"].min().isoformat(), "window_end": lines["window_end"].max().isoformat()}
    return {**window, "windows": len(lines), **{count: int(lines[count].sum()) for count in COUNTS}}
