"""Small parts of our sentences: a length of time, a counted noun, a foreign name that can stand in them."""

import re
from datetime import timedelta

from transforms.local_time import DAY, HOUR
from transforms.wording import flaws

MINUTE = timedelta(minutes=1)
MOST_NAME_WORDS = 3

_TAME = re.compile(r"[^\W_](?:[\w .+:/~-]{0,58}[^\W_])?")
_LINKED = re.compile(r"://|www\.|\bgh-\d|  ", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{13,64}")


def duration(length: timedelta) -> str:
    """A length of time as people say it: 38 minutes, 3 hours, 2 days."""
    if length < MINUTE:
        return "less than a minute"
    for unit, name, until in ((MINUTE, "minute", 100 * MINUTE), (HOUR, "hour", 2 * DAY), (DAY, "day", timedelta.max)):
        if length < until:
            return counted(round(length / unit), name)
    return "a long time"


def counted(number: int, noun: str) -> str:
    """1 minute, 2 minutes."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tame(text: object, otherwise: str) -> str:
    """A foreign name that can stand in our own sentence, a long commit id shortened; `otherwise` where it is anything but a plain name."""
    name = str(text) if text is not None else ""
    if not _TAME.fullmatch(name) or _LINKED.search(name) or flaws(name, MOST_NAME_WORDS):
        return otherwise
    return name[:12] if _COMMIT.fullmatch(name) else name


def setting(target: object) -> str:
    """A key of a file with its file behind it, any other key as it is."""
    file, _, key = str(target or "").partition("#")
    where = tame(file, "a setting")
    return f"{tame(key, 'a setting')} ({where})" if key and where != "a setting" else tame(key or file, "a setting")


def times(number: object) -> str:
    """How often, where it is a number."""
    return f"{number} times" if isinstance(number, int) else "several times"
