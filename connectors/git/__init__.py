"""Commits and configuration changes from git repositories: a folder on this machine or an address to mirror. No API budget is spent."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import ceil

from connectors.errors import Refused
from connectors.git.authors import author_of
from connectors.git.config_changes import Disclosure, config_changes
from connectors.git.mirror import mirror
from connectors.git.process import log
from connectors.git.repositories import head_of, repositories
from connectors.http import Connection
from connectors.registry import Yields, source
from pipeline.signals import Commit, Window

LONGEST_BODY = 64 * 1024
REQUEST = re.compile(r"\(#(\d+)\)$|^Merge pull request #(\d+) |^Merged in \S+ \(pull request #(\d+)\)")
GITLAB_REQUEST = re.compile(r"^See merge request \S*!(\d+)\s*$", re.MULTILINE)
MERGED_BRANCH = re.compile(r"^Merge pull request #\d+ from [^/\s]+/(\S+)|^Merged in (\S+) |^Merge (?:remote-tracking )?branch '([^']+)'")
CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^>\n]+)>", re.IGNORECASE | re.MULTILINE)


@source("git", kinds=("commits", "config_changes"), look_back=timedelta(days=30), history=None)
def pull(
    api: Connection | None,
    window: Window,
    *,
    path: str | None = None,
    url: str | None = None,
    repo: str | None = None,
    branch: str | None = None,
    config: Sequence[str] = (),
    allow: Sequence[str] = (),
    environments: Mapping[str, str] | None = None,
    cache: str = ".soundings/git",
    limit_seconds: float = 1800,
) -> Yields:
    """Commits of the default branch (or `branch`) whose committer time lies in the window, then the configuration changes among them.

    `path`: a repository, bare or not, a folder of them, or a glob; it is read as it is, nothing is fetched into it.
    `url`: https, ssh or file; mirrored under `cache`. The connection's login and secret go with http(s) alone.
    `repo`: the name in every record; else the last two parts of the address, or the path below the folder or glob.
    `config`: glob patterns (git's own, from the top; `!` in front excludes) of files whose keys are configuration.
    `allow`: glob patterns of keys whose values may be shown. `environments`: glob of paths -> environment.

    Ends in Refused or Busy with the repository and the remedy. What a force push took away stays in the warehouse: it did happen.
    A commit that reaches the branch more than the look-back after its committer time is not seen, nor one dated in the future
    before that time has come.
    """
    if (path is None) == (url is None):
        raise Refused("a git source needs either `path` or `url`")
    found = (
        [mirror(url, api, name=repo, branch=branch, cache=cache, limit_seconds=limit_seconds)]
        if url
        else repositories(str(path), limit_seconds, repo)
    )
    disclosure = Disclosure(tuple(allow), tuple((environments or {}).items()))
    for repository in found:
        head = head_of(repository, None if url else branch)
        if head and window.end.timestamp() > 0:
            yield from (commit_of(entry, repository.name, branch) for entry in log(repository, head, ("--no-renames", *between(window))))
            if config:
                entries = log(repository, head, (*SETTINGS, *between(window)), pathspecs(config))
                yield from config_changes(repository, entries, disclosure)


# Merges count once, when and as they reach the branch: only so do the values of a key follow one another.
SETTINGS = ("--first-parent", "-M")


def pathspecs(patterns: Sequence[str]) -> list[str]:
    """Our glob patterns in git's words."""
    return [f":(top,glob,exclude){pattern[1:]}" if pattern.startswith("!") else f":(top,glob){pattern}" for pattern in patterns]


def between(window: Window) -> tuple[str, str]:
    """The options that keep commits whose committer time lies in [start, end). Every commit is looked at: clocks of old commits may be wrong."""
    start, end = (max(ceil(at.timestamp()), 0) for at in (window.start, window.end))
    return f"--since-as-filter=@{start} +0000", f"--until=@{end - 1} +0000"


def commit_of(entry: Sequence[str], repo: str, branch: str | None = None) -> Commit:
    """An entry of `log` as a record. The body is cut after 64 kB; `branch` is where a merge came from, else the one that was asked for."""
    sha, committed, authored, *parents = entry[0].split()
    title, _, body = entry[2].partition("\n")
    author, is_bot = author_of(entry[1])
    change_id, undo_id = change_ids(entry)
    return Commit(
        native_id=f"{repo}@{sha}",
        scope=repo,
        repo=repo,
        sha=sha,
        author=author,
        committed_at=datetime.fromtimestamp(int(committed), UTC),
        authored_at=_instant(authored),
        is_bot=is_bot,
        is_merge=len(parents) > 1,
        title=title,
        body=body.rstrip()[:LONGEST_BODY],
        branch=branch_of(title) or branch,
        pr_ref=pr_ref_of(repo, title, body),
        paths=tuple(entry[4::2]),
        co_authors=co_authors_of(body) if "uthored-" in body or "UTHORED-" in body else (),
        change_id=change_id,
        undo_id=undo_id,
    )


def _instant(seconds: str) -> datetime | None:
    # Nothing is counted from the author's time, and some old commits carry one that no calendar has.
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() and len(seconds) < 12 else None


def pr_ref_of(repo: str, title: str, body: str) -> str | None:
    """`repo#number` of the pull or merge request that brought the commit, as GitHub, Bitbucket and GitLab write it."""
    match = ("#" in title and REQUEST.search(title)) or ("See merge request" in body and GITLAB_REQUEST.search(body)) or None
    return f"{repo}#{next(filter(None, match.groups()))}" if match else None


def branch_of(title: str) -> str | None:
    """The branch a merge came from, where its title says so."""
    match = MERGED_BRANCH.match(title) if title.startswith("Merge") else None
    return next(filter(None, match.groups())) if match else None


def co_authors_of(body: str) -> tuple[str, ...]:
    """The addresses of `Co-authored-by` lines, in lower case, each once."""
    return tuple(dict.fromkeys(mail.strip().lower() for mail in CO_AUTHOR.findall(body)))


def change_ids(entry: Sequence[str]) -> tuple[str | None, str | None]:
    """What a commit did to which files, and its exact opposite: a commit undoes another byte for byte if its first is the other's second."""
    if len(entry) < 5:
        return None, None
    done, undone = [], []
    for meta, path in sorted(zip(entry[3::2], entry[4::2], strict=True), key=lambda pair: pair[1]):
        old_mode, new_mode, old, new = meta.lstrip("\n:").split(" ")[:4]
        done.append(f"{path}\0{old_mode} {old} {new_mode} {new}")
        undone.append(f"{path}\0{new_mode} {new} {old_mode} {old}")
    return _digest(done), _digest(undone)


def _digest(lines: Sequence[str]) -> str:
    return blake2b("\0".join(lines).encode(), digest_size=16).hexdigest()
