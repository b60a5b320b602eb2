"""NM-15, flapping alert: one alert that came and went several times."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from transforms.events import Events
from transforms.events.rows import each
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import DAY, Hit
from transforms.near_misses.page_hits import SHOWN, UNREMARKABLE, page_hit
from transforms.near_misses.questions import BLIND_SPOTS, FIRST_SEEN, MORNING
from transforms.words.numbers import times

CODE = "NM-15"

FLAPPING, FLAPPING_AT_NIGHT = 0.40, 0.55


def flapping(events: Events) -> Iterator[Hit]:
    """One alert came and went `flapping_per_day` times in 24 hours or `flapping_per_week` in 7 days; one hit an episode."""
    pages = events.quiet_cycles
    pages = pages[pages["resolved_at"].notna()].sort_values(["alert", "triggered_at", "native_id", "source"], ignore_index=True)
    for least, seconds in ((events.policy.flapping_per_day, DAY), (events.policy.flapping_per_week, 7 * DAY)):
        starts, lengths = episodes(pages, least, seconds)
        in_episode = [place for start, length in zip(starts, lengths, strict=True) for place in range(start, start + length)]
        flapped = each(pages.iloc[in_episode])
        yield from (_hit(list(islice(flapped, length))) for length in lengths)
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


def _hit(episode: Sequence[Any]) -> Hit:
    first, last_at = episode[0], max(page.resolved_at for page in episode)
    is_asleep = any(page.is_asleep for page in episode)
    evidence = {
        "times": len(episode),
        "hours": round((last_at - first.triggered_at).total_seconds() / 3600, 1),
        "minutes": round(sum(page.seconds for page in episode) / 60, 1),
        "pages": [name for page in episode for name in page.pages],
        "is_sleep_hours": is_asleep,
    }
    return page_hit(CODE, first._asdict() | {"resolved_at": last_at}, FLAPPING_AT_NIGHT if is_asleep else FLAPPING, evidence)


DETECTOR = Detector(
    code=CODE,
    hits=flapping,
    needs=(("pages", ("triggered_at", "resolved_at")),),
    name="flapping alert",
    rule="one alert came and went several times",
    why="An alert came and went several times.",
    fact=lambda seen, took: f"an alert came and went {times(seen.get('times'))} within {took}",
    shown=SHOWN,
    unremarkable=UNREMARKABLE,
    questions=(FIRST_SEEN, "What changed each time: the service, or only what watches it?", MORNING, BLIND_SPOTS),
)
