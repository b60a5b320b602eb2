"""NM-13, acknowledged, then ended by itself: a page a person took, that needed nobody and that nothing was written about."""

from collections.abc import Iterator

from transforms.events import Events
from transforms.events.rows import each
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import Hit
from transforms.near_misses.page_hits import SHOWN, UNREMARKABLE, VOCABULARY, one_page, week_counts
from transforms.near_misses.questions import BLIND_SPOTS, FIRST_SEEN, MORNING

CODE = "NM-13"

SELF_RESOLVED, SELF_RESOLVED_OFTEN, OFTEN = 0.20, 0.45, 3


def self_resolved(events: Events) -> Iterator[Hit]:
    """Acknowledged by a human, resolved by itself within `self_resolved_minutes`, nothing written."""
    pages = events.quiet_cycles
    pages = pages[pages["is_self_resolved"] & pages["acknowledged_at"].notna() & (pages["seconds"] <= events.policy.self_resolved_minutes * 60)]
    for page, count in zip(each(pages), week_counts(pages), strict=True):
        yield one_page(CODE, page, SELF_RESOLVED_OFTEN if count >= OFTEN else SELF_RESOLVED, int(count))


DETECTOR = Detector(
    code=CODE,
    hits=self_resolved,
    needs=(("pages", ("triggered_at", "acknowledged_at", "resolved_at", "resolved_by_kind")),),
    vocabulary=VOCABULARY,
    name="acknowledged, then ended by itself",
    rule="a page was acknowledged and ended by itself, with nothing written down",
    why="A page was acknowledged, then went quiet by itself.",
    fact=lambda _, took: f"a page was acknowledged and ended by itself after {took}",
    moment=("acknowledged", "ended by itself"),
    shown=SHOWN,
    unremarkable=UNREMARKABLE,
    questions=(FIRST_SEEN, MORNING, BLIND_SPOTS, "How often does this happen without anyone recording it?"),
)
