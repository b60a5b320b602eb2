"""One detector firing once: what every detector yields, and the frame the hits become."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

import pandas as pd

from transforms.events.reading import Reading
from transforms.events.rows import known

Family = Literal["change", "page", "people", "human"]

RULE_VERSION = "1"
SECOND, HOUR, DAY = 1.0, 3600.0, 86400.0
COLUMNS = (
    "key",
    "detector",
    "family",
    "service",
    "trigger_source",
    "trigger_id",
    "recovery_source",
    "recovery_id",
    "started_at",
    "ended_at",
    "confidence",
    "reading",
    "evidence",
    "rule_version",
    "near_miss_key",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A trigger and its recovery, both named by source and `native_id`.

    Below `evidence` is what only grouping and scoring need: it does not reach the table, as it may point at a person.
    """

    detector: str
    family: Family
    service: str
    trigger_source: str
    trigger_id: str
    recovery_source: str
    recovery_id: str
    started_at: datetime
    ended_at: datetime
    confidence: float
    stakes: int
    reading: Reading = "unclear"
    evidence: Mapping[str, Any] = field(default_factory=dict)
    change_id: str | None = None
    incident_id: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    teams: tuple[str, ...] = ()
    is_asleep: bool = False
    aside: str | None = None

    @property
    def key(self) -> str:
        """The same for the same trigger and recovery, whatever arrives before or after."""
        return digest(self.detector, self.trigger_source, self.trigger_id, self.recovery_source, self.recovery_id)


def place_of(hit: Mapping[Any, Any]) -> str:
    """The one fingerprint of where a hit (a row) was: the alert, the setting, the files of a commit, the environment of a deploy."""
    evidence = hit["evidence"] if isinstance(hit["evidence"], Mapping) else {}
    return str(evidence.get("place") or "")


def digest(*parts: str) -> str:
    """16 hexadecimal digits that stand for these parts in this order."""
    return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def hit_frame(hits: Iterable[Hit], stories: Mapping[str, str]) -> pd.DataFrame:
    """The table near_miss_hits, one row a hit, ordered by key; `stories` gives the near miss each hit belongs to."""
    rows = [(hit.key, *map(partial(getattr, hit), COLUMNS[1:-2]), RULE_VERSION, stories[hit.key]) for hit in hits]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("key", ignore_index=True)
    return instants(frame, ("started_at", "ended_at"))


def instants(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with these columns as instants (`datetime64[us, UTC]`), also where it is empty."""
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]") for name in columns})


def faded(confidence: float, reading: Reading) -> float:
    """The confidence, 0.25 lower where the words say the undoing was planned (definitions: near misses, suppression)."""
    return round(max(confidence - (0.25 if reading == "planned" else 0.0), 0.0), 4)


ONE_RUN = "a bot undid its own change within one run"


def is_one_run(actor: Any, is_bot: Any, other: Any, is_other_bot: Any, seconds: float) -> bool:
    """Whether one bot did and undid something within the hour: it does so within one run."""
    return bool(known(is_bot)) and bool(known(is_other_bot)) and actor == other and seconds <= HOUR
