"""What the message of a commit says it undoes: ids, requests, quoted titles. Text in, names out; nothing is looked up here."""

import re
from typing import NamedTuple

# Undoing in the words of tools and people; `re-apply` and `re-land` undo an undoing.
_UNDO = (
    r"revert(?:s|ed|ing)?|undo(?:es|ing|ne)?|roll(?:s|ed|ing)?[ -]?back(?:s|ed)?|back(?:s|ed|ing)?[ -]?out|un-?merge[sd]?"
    r"|rückgängig|zurückgerollt|zurückgenommen|annule[rsz]?|annulation|revertir|revierte|deshacer|deshace|回滚|撤销|回退|还原|恢复|取り消し|差し戻し|巻き戻し"
)
LOOKS_UNDOING = rf"{_UNDO}|re-?apply|re-?land|original commit changeset"

_HEX = r"(?=[a-f]*\d)[0-9a-f]{7,64}"
_SHA = re.compile(rf"(?<![\w/#]){_HEX}\b|(?<=/commit/){_HEX}\b|(?<=/commits/){_HEX}\b", re.IGNORECASE)
_PULL = re.compile(
    r"(?:https?://[\w.-]+/([\w.-]+/[\w.-]+)/(?:-/)?(?:pull|pulls|merge_requests|pull-requests)/"
    r"|([\w.-]+/[\w.-]+)[#!]|(?<![\w/])(?:[#!]|(?=D\d)))(D?\d+)\b"
)
# Where a sentence of the message itself begins; never behind `>`, and what stands before says no, if, or that somebody else did.
_BEGINS = r"(?:^[ \t]*(?:-[ \t]+)?|(?<=[.;:!?)\]])[ \t]+)"
_SUBJECT = (
    r"(?:(?:this|the|these|it|we|i|automated|automatic(?:ally)?|partial(?:ly)?|semi|manual(?:ly)?|temporarily|fully|also|clean|pure|commit|cl|change|changes"
    r"|changeset|diff|pr|mr|patch|pull|merge|request|is|are|was|were|has|have|been|an?)[ \t-]+)*"
)
_OBJECT = (
    r"(?:(?:of|the|this|these|commits?|changesets?|changes?|revisions?|merges?|prs?|mrs?|pull|merge|requests?|diffs?|cls?|in|from|following)[\s:]+)*"
)
_REFERENCE = (
    rf"(?:https?://[^\s)>\]]+/(?:pull|pulls|merge_requests|pull-requests|commit|commits)/\w+[^\s),>\]]*"
    rf"|[\w.-]+/[\w.-]+[#!]\d+|[#!]\d+|D\d{{3,}}|{_HEX})\b"
)
_UNDOES = re.compile(
    rf"{_BEGINS}{_SUBJECT}(?:{_UNDO})(?:ion)?\b[\s:]*{_OBJECT}"
    rf"((?:[\s,;&]*(?:(?:and|as well as|plus|commits?)\s+)*(?:[-*]\s+)?[`<(\[]?{_REFERENCE}[`>)\]]?(?:\s*\([^)\n]{0, 200}\))?)+)"
    r"(?!\s+(?:is|was|were|would|will|could|should|broke|breaks|caused|causes|did|does|seems|may|might|turned|has|had)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(rf"^\s*original commit changeset:\s*({_HEX})\b", re.IGNORECASE | re.MULTILINE)
_NOTED = re.compile(r"\([^)\n]{0,200}\)")
_BRANCH = re.compile(r"(?:^|[/ :])revert-(\d+)-", re.IGNORECASE)

# What may stand before the subject of a title: `[serve]`, `fix(api)!:`, `SHOP-13 -`, `HOTFIX`, an emoji, `Merged PR 12:`.
_PREFIX = (
    r"(?:(?:\[[^\]]*\]|\([^)]*\)|Merged (?:PR|MR) \d+:|[\w./@-]+(?:\([^)]*\))?!?:(?=\s)|[A-Z][A-Z0-9]*-\d+:?|[A-Z]{3,}\b"
    r"|[^\w\s\"“”'‘’«»「」(\[]+)\s*)*"
)
_TITLE = re.compile(
    rf"^{_PREFIX}(?i:{LOOKS_UNDOING})s?(?:\^(\d+))?(?:\([^)]*\))?!?:?\s*(?i:of\s+)?[\"“'‘«「](.+)[\"”'’»」](?!\w)",
    re.DOTALL,
)
_BARE_TITLE = re.compile(
    rf"^{_PREFIX}(?i:revert(?:s|ed|ing)?|undo|rollback|roll(?:ed|ing)? back|back(?:ed|ing)? out)(?:\([^)]*\))?!?:?\s+(.+)$", re.DOTALL
)
_AGAIN = re.compile(rf"^{_PREFIX}(?i:re-?(?:apply|land))\b")
_REVERT = re.compile(r"^revert(?:s|ed|ing)?\b", re.IGNORECASE)
_MERGE = re.compile(r"^(?:Merge (?:pull request|branch|remote|tag|commit|changes?|topic|[\"'])|Merged? in )|\bam: [0-9a-f]{7,}", re.IGNORECASE)
_OWN_NUMBER = re.compile(r"\s*\((?:#|!)(\d+)\)\s*$")
_MERGED_NUMBER = re.compile(r"^Merge pull request #(\d+) from (\S+)|^Merged (?:PR|MR) (\d+): ")
# Another program's release notes tell what was undone there.
_DEPENDENCY = re.compile(rf"^{_PREFIX}(?i:bump|update|upgrade)s?\b.*\b(?:from|to) v?\d|^(?i:\w+\(deps[^)]*\):)", re.DOTALL)


class Named(NamedTuple):
    """What a message names as undone: ids, requests as (repository or None, number), the title (quoted or bare), the text up to "…" only."""

    shas: tuple[str, ...]
    numbers: tuple[tuple[str | None, str], ...]
    title: str | None
    is_again: bool


def named(title: str, body: str) -> Named:
    """What this message says it undoes; `is_again` where it puts something undone back in place. A mention of an undoing is none."""
    found = _TITLE.search(title)
    depth = int(found[1]) if found and found[1] else 1
    simple = _BARE_TITLE.search(bare(title))
    quoted = bare(found[2]) if found else simple[1].strip() if simple else None
    lists = [match[1] for text in (bare(title), "" if _DEPENDENCY.search(title) else body) for match in _UNDOES.finditer(text)]
    numbers = [(match[1] or match[2], match[3]) for text in lists for match in _PULL.finditer(text)]
    inner = _OWN_NUMBER.search(found[2]) if found else None
    if inner:
        numbers.append((None, inner[1]))
    shas = [sha for text in lists for sha in _SHA.findall(_NOTED.sub(" ", _PULL.sub(" ", text)))]
    if found or lists or re.search(rf"\b(?:{_UNDO})\b", body, re.IGNORECASE):  # Meta's own words beside it
        shas += _ORIGINAL.findall(body)
    return Named(
        tuple(dict.fromkeys(sha.lower() for sha in shas)),
        tuple(dict.fromkeys(numbers)),
        quoted,
        depth % 2 == 0 or bool(_AGAIN.search(title)),
    )


def bare(title: str) -> str:
    """The title without the request's number at its end, on one line."""
    return " ".join(_OWN_NUMBER.sub("", title).split())


def subject(title: str) -> str:
    """The title without what may stand before it: `feat(api):`, a ticket, an emoji."""
    return re.sub(rf"^{_PREFIX}", "", bare(title)).lstrip("-– ")


def is_revert_title(title: str) -> bool:
    """Whether the title itself says that something is undone: it begins so, or quotes what."""
    return bool(_REVERT.search(title)) or (bool(_TITLE.search(title)) and not _AGAIN.search(title))


def is_merge_title(title: str) -> bool:
    """Whether a tool wrote this title for a merge."""
    return bool(_MERGE.search(title))


def own_number(title: str) -> str | None:
    """The number of the request this commit landed with: `(#12)` at the end, `Merge pull request #12 from …`, `Merged PR 12: …`."""
    if merged := _MERGED_NUMBER.search(title):
        return merged[1] or merged[3]
    found = _OWN_NUMBER.search(title)
    return found[1] if found else None


def branch_number(text: str) -> str | None:
    """The number n in a branch `revert-<n>-…`, the name GitHub's button gives."""
    found = _BRANCH.search(text)
    return found[1] if found else None
