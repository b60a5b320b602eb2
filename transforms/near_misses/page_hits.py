"""What the detectors of pages that ended by themselves share: how a page becomes a hit, how often its alert came, what a ticket shows of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from signals.records import ENDED_BY
from transforms.events.rows import known, names
from transforms.near_misses.hits import DAY, Hit

VOCABULARY = ("pages", "resolved_by_kind", ENDED_BY)
SHOWN = {"title": "alert", "is_sleep_hours": "in sleep hours"}
UNREMARKABLE = {"is_sleep_hours": False}


def week_counts(pages: pd.DataFrame) -> pd.Series:
    """How often the same alert came in the seven days up to and with each time it did."""
    week = np.int64(7 * DAY * 1_000_000)
    counts = np.zeros(len(pages), dtype="int64")
    instants = pages["triggered_at"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
    for places in pages.groupby("alert", sort=False).indices.values():
        times = instants[places]
        counts[places] = np.arange(1, len(times) + 1) - np.searchsorted(times, times - week)
    return pd.Series(counts, index=pages.index)


def one_page(detector: str, page: Any, confidence: float, count: int) -> Hit:
    """One page as a hit, with how often its alert came that week."""
    evidence = {"minutes": round(page.seconds / 60, 1), "times_in_7_days": count, "is_sleep_hours": bool(page.is_asleep)}
    return page_hit(detector, page._asdict(), confidence, evidence)


def page_hit(detector: str, page: Mapping[Any, Any], confidence: float, evidence: Mapping[str, Any]) -> Hit:
    """A page (or the first of an episode) as a hit; `evidence` is what of it is the detector's own."""
    url = known(page["url"])
    return Hit(
        detector=detector,
        family="page",
        service=page["service"],
        trigger_source=page["source"],
        trigger_id=page["native_id"],
        recovery_source=page["source"],
        recovery_id=page["native_id"],
        started_at=page["triggered_at"],
        ended_at=page["resolved_at"],
        confidence=confidence,
        stakes=3,
        evidence={**evidence, "title": known(page["title"]), "place": page["mark"], "urls": [url] if url else []},
        acknowledged_by=known(page["acknowledged_by"]),
        acknowledged_at=known(page["acknowledged_at"]),
        teams=names(page["teams"]),
        is_asleep=evidence["is_sleep_hours"],
    )
