"""Counters, gauges and durations by Airflow's own metrics, wherever `[metrics]` of its configuration sends them (docs/operations.md, Watch).

The source is the last part of a metric's name and its tag as well: plain StatsD has no tags. Durations are milliseconds, as all of Airflow's.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk.observability import stats

LANDED = ("received", "loaded", "unchanged", "quarantined", "withdrawn", "requests")
LASTING = ("planned", "waiting", "withheld")  # of the prompts there are, not of those that are new


def counted(verb: str, figures: Mapping[str, float], source: str | None = None) -> None:
    """Add each figure to its counter."""
    for figure, number in figures.items():
        stats.incr(_name(verb, figure, source), int(number), tags=_tags(source))


def shown(verb: str, figures: Mapping[str, float], source: str | None = None) -> None:
    """Set each gauge to its figure."""
    for figure, number in figures.items():
        stats.gauge(_name(verb, figure, source), number, tags=_tags(source))


@contextmanager
def timed(verb: str, source: str | None = None) -> Iterator[None]:
    """Time the block; one that raises counts as failed."""
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        counted(verb, {"failed": 1}, source)
        raise
    finally:
        stats.timing(_name(verb, "duration", source), timedelta(seconds=time.monotonic() - begun), tags=_tags(source))


def landed(source: str, landing: Any) -> None:
    """What came of one pull."""
    counted("pull", {figure: getattr(landing, figure) for figure in LANDED}, source)


def prompted(figures: Mapping[str, int]) -> None:
    """What came of one run of the outbox."""
    shown("prompts", {figure: figures[figure] for figure in LASTING})
    counted("prompts", {figure: number for figure, number in figures.items() if figure not in LASTING})


def _name(verb: str, figure: str, source: str | None) -> str:
    return ".".join(filter(None, ("soundings", verb, figure, source)))


def _tags(source: str | None) -> dict[str, str]:
    return {"source": source} if source else {}
