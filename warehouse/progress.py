"""Who knew more: what was worked out from older rows never takes the place of what was worked out from newer ones.

A run may be stopped between reading and writing for as long as a machine sleeps, while another one does the same work with newer rows.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, func, select

from warehouse.faults import Overtaken
from warehouse.loading import insert
from warehouse.schema import facts, prompts, pulls

T = TypeVar("T")
RESTS = (0.02, 0.1, 0.5, 2)  # seconds between tries: whoever was faster may be in the middle of several steps
SETTLED = ("published", "degraded", "held")
DERIVED_FROM, REWRITTEN = "derived_from", "rewritten"  # keys of facts


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the warehouse was when somebody began to read it."""

    pulls: int  # begun and settled ones; only ever grows
    rewritten: int  # how often rows of every source were changed: services mapped anew, a person taken out
    prompts: frozenset[tuple[str, str]]  # what was asked, and how it stood


def seen(connection: Connection) -> Seen:
    """To be read before what it is about."""
    begun, settled = connection.execute(select(func.count(), func.count().filter(pulls.c.status.in_(SETTLED))).select_from(pulls)).one()
    asked = frozenset((row.key, row.state) for row in connection.execute(select(prompts.c.key, prompts.c.state)))
    return Seen(begun + settled, _number(connection, REWRITTEN), asked)


def hold(connection: Connection, known: Seen, *, is_derived: bool) -> None:
    """Raise Overtaken where somebody who had seen more has derived, or where rows changed that no pull changes. Else a derivation is noted."""
    now = seen(connection)
    if _number(connection, DERIVED_FROM) > known.pulls or now.rewritten != known.rewritten or (is_derived and now.prompts != known.prompts):
        message = "another run that had read more was faster; nothing of this one was written. Do this again"
        raise Overtaken(message)
    if is_derived:
        _set(connection, DERIVED_FROM, known.pulls)


def note_rewritten(connection: Connection) -> None:
    """From now on nothing is written that was worked out before."""
    _set(connection, REWRITTEN, _number(connection, REWRITTEN) + 1)


def _number(connection: Connection, key: str) -> int:
    return int(connection.scalar(select(facts.c.value).where(facts.c.key == key)) or 0)


def _set(connection: Connection, key: str, number: int) -> None:
    insertion = insert(connection, facts).values(key=key, value=str(number))
    connection.execute(insertion.on_conflict_do_update(index_elements=["key"], set_={"value": str(number)}))


def fresh(work: Callable[[], T]) -> T:
    """What comes of the work, done again where somebody who knew more was faster. Overtaken where that is so each time."""
    for rest in RESTS:
        with suppress(Overtaken):
            return work()
        time.sleep(rest)
    return work()
