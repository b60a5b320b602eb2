"""Pages that ended by themselves: acknowledged and gone (NM-13), woken for nothing lasting (NM-14), flapping (NM-15)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from transforms.events import Events
from transforms.events.rows import each, known, names
from transforms.near_misses.hits import DAY, Hit

SELF_RESOLVED, SELF_RESOLVED_OFTEN, OFTEN = 0.20, 0.45, 3
WOKEN, WOKEN_AGAIN, AGAIN = 0.35, 0.55, 2
FLAPPING, FLAPPING_AT_NIGHT = 0.40, 0.55


def week_counts(pages: pd.DataFrame) -> pd.Series:
    """How often the same alert came in the seven days up to and with each time it did."""
    week = np.int64(7 * DAY * 1_000_000)
    counts = np.zeros(len(pages), dtype="int64")
    instants = pages["triggered_at"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
    for places in pages.groupby("alert", sort=False).indices.values():
        times = instants[places]
        counts[places] = np.arange(1, len(times) + 1) - np.searchsorted(times, times - week)
    return pd.Series(counts, index=pages.index)


def self_resolved(events: Events) -> Iterator[Hit]:
    """NM-13: acknowledged by a human, resolved by itself within `self_resolved_minutes`, nothing written."""
    pages = events.quiet_cycles
    pages = pages[pages["is_self_resolved"] & pages["acknowledged_at"].notna() & (pages["seconds"] <= events.policy.self_resolved_minutes * 60)]
    for page, count in zip(each(pages), week_counts(pages), strict=True):
        yield _page_hit("NM-13", page, SELF_RESOLVED_OFTEN if count >= OFTEN else SELF_RESOLVED, int(count))


def woken(events: Events) -> Iterator[Hit]:
    """NM-14: reached somebody in sleep hours and was resolved by itself within `transient_minutes`."""
    pages = events.quiet_cycles
    pages = pages[pages["is_self_resolved"] & pages["is_asleep"] & (pages["seconds"] <= events.policy.transient_minutes * 60)]
    for page, count in zip(each(pages), week_counts(pages), strict=True):
        yield _page_hit("NM-14", page, WOKEN_AGAIN if count >= AGAIN else WOKEN, int(count))


def flapping(events: Events) -> Iterator[Hit]:
    """NM-15: one alert came and went `flapping_per_day` times in 24 hours or `flapping_per_week` in 7 days; one hit an episode."""
    pages = events.quiet_cycles
    pages = pages[pages["resolved_at"].notna()].sort_values(["alert", "triggered_at", "native_id", "source"], ignore_index=True)
    for least, seconds in ((events.policy.flapping_per_day, DAY), (events.policy.flapping_per_week, 7 * DAY)):
        starts, lengths = episodes(pages, least, seconds)
        in_episode = [place for start, length in zip(starts, lengths, strict=True) for place in range(start, start + length)]
        flapped = each(pages.iloc[in_episode])
        yield from (_flapping_hit(list(islice(flapped, length))) for length in lengths)
        pages = pages.drop(index=pages.index[in_episode])


def episodes(pages: pd.DataFrame, least: int, seconds: float) -> tuple[list[int], list[int]]:
    """Where in these pages (ordered by alert, then time) an episode of at least `least` within `seconds` starts, and how many pages it has.

    Episodes do not overlap: each takes all pages within `seconds` of its first, and the search goes on after them.
    """
    instants = pages["triggered_at"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
    alerts = pages["alert"].to_numpy()
    length, ahead = np.int64(seconds * 1_000_000), least - 1
    before = len(alerts) - ahead
    dense = np.flatnonzero((alerts[ahead:] == alerts[:before]) & (instants[ahead:] - instants[:before] <= length)) if before > 0 else ()
    starts: list[int] = []
    lengths: list[int] = []
    free = 0
    for start in map(int, dense):
        if start >= free:
            last = int(np.searchsorted(alerts, alerts[start], side="right"))
            free = start + int(np.searchsorted(instants[start:last], instants[start] + length, side="right"))
            starts.append(start)
            lengths.append(free - start)
    return starts, lengths


def _flapping_hit(episode: Sequence[Any]) -> Hit:
    first, last_at = episode[0], max(page.resolved_at for page in episode)
    is_asleep = any(page.is_asleep for page in episode)
    evidence = {
        "times": len(episode),
        "hours": round((last_at - first.triggered_at).total_seconds() / 3600, 1),
        "minutes": round(sum(page.seconds for page in episode) / 60, 1),
        "pages": [name for page in episode for name in page.pages],
        "is_sleep_hours": is_asleep,
    }
    return _hit("NM-15", first._asdict() | {"resolved_at": last_at}, FLAPPING_AT_NIGHT if is_asleep else FLAPPING, evidence)


def _page_hit(detector: str, page: Any, confidence: float, count: int) -> Hit:
    evidence = {"minutes": round(page.seconds / 60, 1), "times_in_7_days": count, "is_sleep_hours": bool(page.is_asleep)}
    return _hit(detector, page._asdict(), confidence, evidence)


def _hit(detector: str, page: Mapping[Any, Any], confidence: float, evidence: Mapping[str, Any]) -> Hit:
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
