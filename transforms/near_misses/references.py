"""What the message of a commit says it undoes: ids, pull requests, quoted titles. Text in, names out; nothing is looked up here."""

import re
from typing import NamedTuple

LOOKS_UNDOING = r"revert|re-?apply|re-?land|roll(?:ed|ing|s)?[ -]?back|back(?:ed|ing|s)?[ -]?out"

_HEX = r"(?=[a-f]*\d)[0-9a-f]{7,64}"
_SHAS = re.compile(
    rf"\brevert(?:s|ed|ing)?\s+(?:(?:the|this|these|merge)\s+)*(?:commits?|changesets?)?[\s:]*((?:`?{_HEX}`?\b(?:\s*\([^)]*\))?(?:\s*,?\s*(?:and|&)?\s*)?)+)",
    re.IGNORECASE,
)
_SHA = re.compile(rf"(?<![\w/]){_HEX}\b", re.IGNORECASE)
_PULL = r"(?:https?://[\w.-]+/([\w.-]+/[\w.-]+)/(?:-/)?(?:pull|merge_requests)/|([\w.-]+/[\w.-]+)[#!]|[#!])(\d+)\b"
_HEDGED = "".join(f"(?<!{word} )" for word in ("partial", "partially", "practically", "effectively"))
_PULLS = re.compile(
    rf"{_HEDGED}\brevert(?:s|ed|ing)?:?\s+(?:(?:the|this|of|pr|mr|pull request|merge request)\s+)*{_PULL}((?:(?:\s*,|\s+and|\s*&)\s+#\d+\b)*)",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"(?:^|[/ :])revert-(\d+)-", re.IGNORECASE)
_TITLE = re.compile(rf"""^(?:[^"“]{{0,60}}?[:\]]\s*)?(?:{LOOKS_UNDOING})s?(?:\^(\d+))?:?\s+(?:of\s+)?["“](.+)["”](?!\w)""", re.IGNORECASE | re.DOTALL)
_BARE_TITLE = re.compile(r"^revert(?:s|ed|ing)?:?\s+(.+)$", re.IGNORECASE | re.DOTALL)
_AGAIN = re.compile(r"^(?:[^\"“]{0,60}?[:\]]\s*)?re-?(?:apply|land)\b", re.IGNORECASE)
_REVERT = re.compile(r"^revert(?:s|ed|ing)?\b", re.IGNORECASE)
_MERGE = re.compile(r"^(?:Merge (?:pull request|branch|remote|tag|commit|changes?|topic|[\"'])|Merged? in )|\bam: [0-9a-f]{7,}", re.IGNORECASE)
_OWN_NUMBER = re.compile(r"\s*\((?:#|!)(\d+)\)\s*$")
_MERGED_NUMBER = re.compile(r"^Merge pull request #(\d+) from (\S+)")


class Named(NamedTuple):
    """What a message names as undone: ids, pull requests as (repository or None, number), the title (quoted or bare), the text up to "…" only."""

    shas: tuple[str, ...]
    numbers: tuple[tuple[str | None, str], ...]
    title: str | None
    is_again: bool


def named(title: str, body: str) -> Named:
    """What this message says it undoes; `is_again` where it puts something undone back in place."""
    found = _TITLE.search(title)
    depth = int(found[1]) if found and found[1] else 1
    plain = bare(title)
    simple = _BARE_TITLE.search(plain)
    quoted = bare(found[2]) if found else simple[1].strip() if simple else None
    lists = [match[1] for text in (title, body) for match in _SHAS.finditer(text)]
    numbers = [pull for text in (plain, body) for match in _PULLS.finditer(text) for pull in _pulls(match)]
    inner = _OWN_NUMBER.search(found[2]) if found else None
    if inner:
        numbers.append((None, inner[1]))
    shas = dict.fromkeys(sha.lower() for text in lists for sha in _SHA.findall(text))
    return Named(tuple(shas), tuple(dict.fromkeys(numbers)), quoted, depth % 2 == 0 or bool(_AGAIN.search(title)))


def _pulls(match: re.Match[str]) -> list[tuple[str | None, str]]:
    """The pull request named, and those of the same repository that follow it: "#12 and #13"."""
    repo = match[1] or match[2]
    return [(repo, match[3]), *((repo, number) for number in re.findall(r"\d+", match[4]))]


def bare(title: str) -> str:
    """The title without the pull-request number at its end, on one line."""
    return " ".join(_OWN_NUMBER.sub("", title).split())


def is_revert_title(title: str) -> bool:
    """Whether the title itself says that something is undone: it begins so, or quotes what."""
    return bool(_REVERT.search(title)) or (bool(_TITLE.search(title)) and not _AGAIN.search(title))


def is_merge_title(title: str) -> bool:
    """Whether a tool wrote this title for a merge."""
    return bool(_MERGE.search(title))


def own_number(title: str) -> str | None:
    """The number of the pull request this commit landed with: `(#12)` at the end, or `Merge pull request #12 from …`."""
    found = _MERGED_NUMBER.search(title) or _OWN_NUMBER.search(title)
    return found[1] if found else None


def branch_number(text: str) -> str | None:
    """The number n in a branch `revert-<n>-…`, the name GitHub's button gives."""
    found = _BRANCH.search(text)
    return found[1] if found else None
