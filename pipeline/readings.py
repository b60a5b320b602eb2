"""With what a source is read, and what of its time was not read with that: what a changed setting adds is read from the beginning (docs/adr/0028)."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from inspect import signature
from typing import Any

from connectors import registry
from pipeline.settings import Settings
from signals.pulled import COVERING
from signals.windows import EPOCH, Window, earlier, gaps
from warehouse.store import Store


def reading(settings: Settings, name: str) -> str:
    """A short hash of what says what is read: the connector, its options, and what it finds where those do not name it.

    The order of a list does not count, nor what is there twice or says what would be so without it. Ends as the pull does where nothing can be found.
    """
    line = settings.sources[name]
    source = registry.sources()[line.use]
    parameters = signature(source.pull).parameters
    usual = {option: _plain(parameter.default) for option, parameter in parameters.items() if parameter.default is not parameter.empty}
    given = {option: _plain(value) for option, value in sorted(line.options.items()) if option not in source.manner}
    told = {option: value for option, value in given.items() if value != usual.get(option)}
    found = sorted(set(source.found(**settings.options(line)))) if source.found else []
    return sha256(json.dumps([line.use, told, found], default=str).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A table as it stands, since the first pattern of it may win; anything else as a list, sorted, each once."""
    if isinstance(value, Mapping):
        return dict(value)
    listed = value if isinstance(value, list | tuple) else [value]
    return sorted({json.dumps(one, default=str) for one in listed})


def known_reading(settings: Settings, name: str) -> str | None:
    """The same; None where it cannot be told now, which the pull that meets the same says."""
    with suppress(Exception):  # a connector may raise whatever it likes
        return reading(settings, name)
    return None


def covered(settings: Settings, store: Store, name: str) -> list[Window]:
    """The time that was read as the source is to be read now."""
    return store.covered(name, known_reading(settings, name))


def newest(store: Store, name: str) -> Window:
    """The window that reaches furthest of those that were read."""
    lines = store.rows("pulls", ["window_start", "window_end"], where={"source": name, "status": COVERING})
    last = max(lines, key=lambda line: line["window_end"])
    return Window(last["window_start"], last["window_end"])


def begin(settings: Settings, name: str, until: datetime) -> datetime:
    """How far back a source is read that was not read before."""
    line = settings.sources[name]
    return min(line.since or earlier(until, registry.sources()[line.use].history), until)


def unread(settings: Settings, store: Store, name: str, known: Sequence[Window] | None = None) -> list[Window]:
    """The time a source was read, but not as it is to be read now: the next pull reads it again. `known`: what `covered` said, if asked before."""
    before = store.covered(name)
    if not before or settings.sources[name].use not in registry.sources():
        return []
    span = Window(begin(settings, name, before[-1].end), before[-1].end)
    missing = list(gaps(span, covered(settings, store, name) if known is None else known))
    return missing if missing != list(gaps(span, before)) else []


def change(settings: Settings, name: str) -> str:
    """What may have changed where time is read again."""
    has_found = registry.sources()[settings.sources[name].use].found is not None
    return "its settings or what is there to read changed" if has_found else "its settings changed"


def since(windows: Sequence[Window]) -> str:
    """From when on these windows are read, for people."""
    return "the beginning" if windows[0].start == EPOCH else f"{windows[0].start:%Y-%m-%d %H:%M} UTC"
