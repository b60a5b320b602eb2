"""Which people a text names that stands where a person is told, however they are spelled (docs/definitions.md, on call)."""

import re
import unicodedata
from collections.abc import Iterable

_NOTE = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]")
_TOGETHER = re.compile(r"\s+(?:[&+/]|and|und)\s+", re.IGNORECASE)
_ONLOOKER = re.compile(r"\bshadow(?:ing)?\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")


def named(text: str) -> tuple[str, ...]:
    """`Ann & Bob` are two, `Ann (swap)` is Ann; nobody where somebody only watches (`Shadow: Ann`, `Ann (shadow)`)."""
    if _ONLOOKER.search(text):
        return ()
    parts = (" ".join(part.split()) for part in _TOGETHER.split(_NOTE.sub("", text)))
    return tuple(dict.fromkeys(part for part in parts if part)) or (text,)


def plain(name: str) -> str:
    """Equal for spellings of one name: without case, accents' forms and spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def told_apart(names: Iterable[str]) -> dict[str, str]:
    """Each name and which of them stands for all that may be the same person: the words of one (`ada`) are among those of the other.

    `Ada`, `ada.lovelace@example.com` and `Ada Lovelace` may be one; two addresses are two. For counts that have to hold at least.
    """
    words = {name: frozenset(_BETWEEN.split(plain(name).partition("@")[0])) - {""} for name in names}
    stands_for: dict[str, str] = {}
    for name in sorted(words, key=lambda name: (-len(words[name]), name)):
        same = {stands_for[other] for other in stands_for if words[name] <= words[other] and not ("@" in name and "@" in other)}
        first = min(same, default=name)
        stands_for |= {other: first for other, stood in stands_for.items() if stood in same} | {name: first}
    return stands_for
