"""NM-14, woken for nothing lasting: a page in sleep hours that soon ended by itself."""

from collections.abc import Iterator

from transforms.events import Events
from transforms.events.rows import each
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import Hit
from transforms.near_misses.page_hits import SHOWN, UNREMARKABLE, VOCABULARY, one_page, week_counts
from transforms.near_misses.questions import BLIND_SPOTS, FIRST_SEEN, MORNING

CODE = "NM-14"

WOKEN, WOKEN_AGAIN, AGAIN = 0.35, 0.55, 2


def woken(events: Events) -> Iterator[Hit]:
    """Reached somebody in sleep hours and was resolved by itself within `transient_minutes`."""
    pages = events.quiet_cycles
    pages = pages[pages["is_self_resolved"] & pages["is_asleep"] & (pages["seconds"] <= events.policy.transient_minutes * 60)]
    for page, count in zip(each(pages), week_counts(pages), strict=True):
        yield one_page(CODE, page, WOKEN_AGAIN if count >= AGAIN else WOKEN, int(count))


DETECTOR = Detector(
    code=CODE,
    hits=woken,
    needs=(("pages", ("triggered_at", "resolved_at", "resolved_by_kind")), ("interruptions", ("person", "page_id", "sent_at"))),
    vocabulary=VOCABULARY,
    name="woken for nothing lasting",
    rule="a page reached a person in sleep hours and soon ended by itself",
    why="A page in sleep hours did not last.",
    fact=lambda _, took: f"a page in sleep hours ended by itself after {took}",
    moment=("ended by itself",),
    shown=SHOWN,
    unremarkable=UNREMARKABLE,
    questions=(FIRST_SEEN, MORNING, "How rested was everyone, and how confident did taking this page feel?", BLIND_SPOTS),
)
