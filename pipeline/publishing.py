"""Check: what landed is held against the expectations; only what passes is published."""

from collections.abc import Iterable
from typing import Any

from pipeline.failures import Broken, Held, failure_of
from pipeline.worklog import note, warn
from signals.clock import now
from warehouse.faults import Unavailable
from warehouse.store import Store

COUNTS = ("received", "loaded", "unchanged", "quarantined", "withdrawn")


def check(store: Store, pulls: Iterable[int]) -> dict[str, Any]:
    """Hold what these pulls landed against the expectations and publish what passes.

    Raises Held where a critical one did not hold, Broken where that could not be told. Either is kept and not published, and keeps no other waiting.
    """
    warnings: dict[int, int] = {}
    held: list[str] = []
    broken: list[str] = []
    for pull in pulls:
        try:
            critical, warnings[pull] = _checked(store, pull)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            failure = failure_of(error)
            store.hold(pull, f"it could not be checked: {failure}", now(), failure=failure.kind)
            warn("check_failed", pull_id=pull, said=str(failure), remedy=failure.remedy, trace=getattr(failure, "trace", None))
            broken.append(f"pull {pull} could not be checked: {failure}")
        else:
            held += [f"pull {pull} is held: {', '.join(critical)}"] if critical else []
    if broken:
        raise Broken("; ".join([*broken, *held]))
    if held:
        raise Held(f"{'; '.join(held)}. {Held.remedy}")
    return {"pulls": list(warnings), "warnings": sum(warnings.values())}


def _checked(store: Store, pull: int) -> tuple[tuple[str, ...], int]:
    """What did not hold and is critical, and how much of the rest did not."""
    from warehouse.checks import check as checked  # noqa: PLC0415 - Great Expectations takes seconds to import

    result = checked(store, pull, now())
    note("pull_checked", pull_id=pull, critical=len(result.critical), warnings=len(result.warnings))
    return result.critical, len(result.warnings)


def published(store: Store, pulls: Iterable[int]) -> dict[str, Any]:
    """What the asset event of these pulls says: the time they read, from the earliest to the latest, and their counts. Empty where there are none."""
    lines = store.read("pulls", ["window_start", "window_end", *COUNTS], where={"id": list(pulls)})
    if lines.empty:
        return {}
    window = {"window_start": lines["window_start"].min().isoformat(), "window_end": lines["window_end"].max().isoformat()}
    return {**window, "windows": len(lines), **{count: int(lines[count].sum()) for count in COUNTS}}
