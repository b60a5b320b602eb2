"""What a commit message says: title and body, the request that brought it, the branch it came from, who else wrote it.

Every source of commits reads it here, from the message as it was written, so that the same commit is the same from each of them. The title is the
first line, as GitHub and GitLab show it (git's own `%s` would join lines up to a blank one).
"""

import re
from typing import NamedTuple

LONGEST_BODY = 64 * 1024
# How the title of a merge begins at GitHub, Gitea, Azure DevOps, Bitbucket (Data Center, Cloud), homu and bors, and how that of a squash ends.
_MERGES = ("Merge", "Pull request #", "Auto merge of #", "Rollup merge of #")
_MERGE = re.compile(
    r"Merge (?:pull request|PR) (?:[#!]?(\d+)\b|'.*' \([#!](\d+)\))|Merged PR (\d+): |Pull request #(\d+): |Merged in \S+ \(pull request #(\d+)\)"
    r"|(?:Auto|Rollup) merge of #(\d+) |Merge #(\d+)(?:: |$)"
)
_NUMBER = re.compile(r"\((?:pull request )?(?:#|!|GH-)(\d+)\)")
_UNENDED_QUOTE = re.compile(r'^(?:Revert|Reapply|Reland) "[^"]*$')  # a number at its end belongs to what is quoted
_GITLAB_REQUEST = re.compile(r"^See merge request \S*(?:!|/merge_requests/)(\d+)\s*$", re.MULTILINE)
# Gerrit, Phabricator, node-core-utils; what Meta's and Google's mirrors (ShipIt, Copybara) write of the request they took in.
_REVIEW = re.compile(
    r"^(?:Reviewed-on|Differential Revision|PR-URL|Pull[- ]Request(?: resolved)?):[ \t]*(?:\S+/)?(D?\d+)/?[ \t]*$"
    r"|^COPYBARA_INTEGRATE_REVIEW=\S+/pull/(\d+)\b",
    re.MULTILINE | re.IGNORECASE,
)
_MERGED_BRANCH = re.compile(
    r"^Merge pull request [#!]\d+ from (?:[^/\s]+/)?(\S+)"
    r"|^Merge pull request (?:\d+|#\d+ in \S+|'.*' \([#!]\d+\)) from (?:\S+:)?(\S+)"
    r"|^Merged in (\S+) |^Merged (\S*[/_-]\S*) into \S|^Merge branch '([^']+)'|^Merge remote-tracking branch '(?:(?:refs/remotes/)?[^/']+/)?([^']+)'"
)
_BITBUCKET_BRANCH = re.compile(r"^Merge in \S+ from (?:\S+:)?(\S+) to \S+")
_CO_AUTHOR = re.compile(r"^co-authored-by[ \t]*:(.+)$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>,;:()\"']+@[^\s<>,;:()\"']+")


class Told(NamedTuple):
    """What a message says. `request` is the number of the pull or merge request."""

    title: str
    body: str
    request: str | None
    branch: str | None
    co_authors: tuple[str, ...]

    def pr_ref(self, repo: str) -> str | None:
        """`repo#number`, as the request's own `native_id`."""
        return f"{repo}#{self.request}" if self.request else None


def told(message: str, writer: str | None = None) -> Told:
    """What the message says. The body is cut after 64 kB; `writer` is the author's mail address, who is no co-author of their own commit."""
    if "\r" in message:
        message = message.replace("\r\n", "\n").replace("\r", "\n")
    title, _, body = message.strip("\ufeff \t\n\v\f").partition("\n")
    title, body = title.rstrip(), body.strip("\n").rstrip()
    co_authors = _co_authors(body, writer) if "uthored" in body or "UTHORED" in body else ()
    return Told(title, body[:LONGEST_BODY], _request(title, body), _branch(title, body), co_authors)


def _request(title: str, body: str) -> str | None:
    """GitLab's line comes first, for in its titles `#` is an issue. Of several numbers the last is this commit's own."""
    if "See merge request" in body and (found := _GITLAB_REQUEST.findall(body)):
        return str(found[-1])
    if title.startswith(_MERGES) and (match := _MERGE.match(title)):
        return next((number for number in match.groups() if number), None)
    if title.endswith(")") and (match := _NUMBER.fullmatch(title, title.rfind("("))) and not _UNENDED_QUOTE.match(title):
        return str(match[1])
    if ("://" in body or "Differential" in body) and (found := _REVIEW.findall(body)):
        return str(next(filter(None, found[-1])))
    return None


def _branch(title: str, body: str) -> str | None:
    if title.startswith("Merge"):
        match = _MERGED_BRANCH.match(title)
    elif title.startswith("Pull request"):
        match = _BITBUCKET_BRANCH.match(body)
    else:
        return None
    return next(filter(None, match.groups())) if match else None


def _co_authors(body: str, writer: str | None) -> tuple[str, ...]:
    """Addresses in lower case, else names, each once."""
    said = [line.strip(" \t<>") for line in _CO_AUTHOR.findall(body)]
    found = dict.fromkeys(one for line in said for one in ([mail.lower() for mail in _ADDRESS.findall(line)] or [line]) if one)
    return tuple(one for one in found if one != (writer or "").lower())
