"""A name from outside that can stand in our own sentence."""

import re

from transforms.words.lint import flaws

MOST_NAME_WORDS = 3

_TAME = re.compile(r"[^\W_](?:[\w .+:/~-]{0,58}[^\W_])?")
_LINKED = re.compile(r"://|www\.|\bgh-\d|  ", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{13,64}")


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
