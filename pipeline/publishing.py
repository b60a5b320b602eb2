"""Check: what landed is held against the expectations; only what passes is published."""

from collections.abc import Iterable
from typing import Any

from pipeline.clock import now
from pipeline.worklog import note
from warehouse.store import Store


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
