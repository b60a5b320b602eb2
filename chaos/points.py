"""Named crash points: the audit events of the product and of every request it sends, and a trap that springs at the nth of one."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.components import ROOT

ROOMS = ("pipeline", "connectors", "warehouse", "transforms")
REQUEST = "http.client.send"  # the standard library's own: before each part of a request leaves

# Where nothing is held that a second worker would wait for.
OPEN_POINTS = (
    "soundings.land.read",
    "soundings.land.committed",
    "soundings.prompt.claimed",
    "soundings.prompt.intended",
    "soundings.prompt.sent",
)


class Crash(BaseException):
    """A process dies here. Nothing in the product catches it."""


@dataclass(slots=True)
class Trap:
    """What happens at the nth time a point is reached."""

    point: str
    nth: int
    act: Callable[[], None]


def names() -> set[str]:
    """Every crash point in the source."""
    texts = (path.read_text(encoding="utf-8") for room in ROOMS for path in Path(ROOT, room).rglob("*.py"))
    return {name for text in texts for name in re.findall(r'sys\.audit\("(soundings\.[\w.]+)"\)', text)}


reached: Counter[str] = Counter()
_traps: list[Trap] = []
_listeners: list[Callable[[str], None]] = []
_is_hooked = False


def _hook(event: str, _arguments: tuple[Any, ...]) -> None:
    if not event.startswith(("soundings.", REQUEST)):
        return
    reached[event] += 1
    for listener in _listeners:
        listener(event)
    for trap in _traps:
        if trap.point == event:
            trap.nth -= 1
            if trap.nth == 0:
                _traps.clear()
                trap.act()
                return


def listen(listener: Callable[[str], None] | None = None) -> None:
    """Hook into this process. A hook cannot be taken away again, so it is set once."""
    global _is_hooked  # noqa: PLW0603 - one hook a process, as the interpreter has it
    if not _is_hooked:
        sys.addaudithook(_hook)
        _is_hooked = True
    if listener:
        _listeners.append(listener)


@contextmanager
def set_up(*traps: Trap) -> Iterator[None]:
    """The traps are there inside the block."""
    listen()
    _traps.extend(traps)
    try:
        yield
    finally:
        _traps.clear()


def crash() -> None:
    """Die."""
    raise Crash
