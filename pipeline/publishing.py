"""Check: what landed is held against the expectations; only what passes is published."""

from collections.abc import Iterable
from typing import Any

from pipeline.clock import now
from warehouse.store import Store


class Held(Exception):
    """Rows landed that cannot be right. They are kept and not published; the `checks` table names them."""


def check(store: Store, pulls: Iterable[int]) -> dict[str, Any]:
    """Hold what these pulls landed against the expectations and publish what passes. Raises Held where a critical one did not hold."""
    from warehouse.checks import check as checked  # noqa: PLC0415 - Great Expectations takes seconds to import

    results = {pull: checked(store, pull, now()) for pull in pulls}
    held = {pull: result.critical for pull, result in results.items() if result.critical}
    if held:
        raise Held("; ".join(f"pull {pull}: {', '.join(map(str, reasons))}" for pull, reasons in held.items()))
    return {"pulls": list(results), "warnings": sum(len(result.warnings) for result in results.values())}
