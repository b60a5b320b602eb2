"""One neutral sentence about a story: services and versions are its subjects, never a person, and no cause is named."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from transforms.near_misses.hits import Hit

_UNSAFE = re.compile(r"[^\w.+:/~-]+")
_LONGEST = 80


def summary(hit: Hit) -> str:
    """What happened, in one line without names of people or text anybody else wrote."""
    return _SENTENCES[hit.detector](hit.evidence)


def duration(minutes: float) -> str:
    """Minutes in words of one unit: 38 minutes, 5 hours, 3 days."""
    for least, size, unit in ((2880, 1440, "day"), (120, 60, "hour"), (1, 1, "minute")):
        if minutes >= least:
            count = round(minutes / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def plain(text: object) -> str:
    """A name from outside as a plain word: no markup, no mention, not too long."""
    word = _UNSAFE.sub(" ", str(text)).strip()
    return word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…"


def _version(text: object) -> str:
    word = plain(text)
    return re.sub(r"\b([0-9a-f]{10})[0-9a-f]{30}\b", r"\1", word)


def _setting(target: object) -> str:
    """A key of a file with the file behind it, any other key as it is."""
    file, _, key = str(target).partition("#")
    return f"{plain(key)} ({plain(file)})" if key else plain(file)


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "NM-01": lambda of: f"{_version(of['replaced_version'])} was replaced by {_version(of['version'])} after {duration(of['minutes'])}",
    "NM-02": lambda of: f"a commit was reverted after {duration(of['minutes'])}: {plain(of['undone'])[:10]}",
    "NM-03": lambda of: f"{_setting(of['target'])} was put back to its earlier value after {duration(of['minutes'])}",
    "NM-13": lambda of: f"a page was acknowledged and ended by itself after {duration(of['minutes'])}",
    "NM-14": lambda of: f"a page in sleep hours ended by itself after {duration(of['minutes'])}",
    "NM-15": lambda of: f"one alert came and went {of['times']} times in {duration(of['hours'] * 60)}",
}
