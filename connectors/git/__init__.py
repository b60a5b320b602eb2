"""Commits and configuration changes from git repositories: a folder on this machine or an address to mirror. No API budget is spent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated

from connectors.disclosure import Disclosure
from connectors.errors import Busy, Refused
from connectors.git.commits import LATEST, commit_of, committed_at
from connectors.git.config_changes import config_changes
from connectors.git.mirror import mirror, name_in
from connectors.git.patterns import matching_nothing
from connectors.git.process import Repository, log
from connectors.git.repositories import branch_of_head, head_at, head_of, readable, repositories
from connectors.http import Connection
from connectors.registry import Yields, source
from connectors.secret_forms import MASK
from signals.pulled import Unfit
from signals.records import Commit, ConfigChange
from signals.windows import Window


@source(
    "git",
    kinds=("commits", "config_changes"),
    look_back=timedelta(days=30),
    history=None,
    advice=matching_nothing,
    found=readable,
    manner=("cache", "limit_seconds"),
)
def pull(
    api: Connection | None,
    window: Window,
    *,
    path: str | None = None,
    url: Annotated[str, name_in] | None = None,
    repo: str | None = None,
    branch: str | None = None,
    config: Sequence[str] = (),
    allow: Sequence[str] = (),
    environments: Mapping[str, str] | None = None,
    cache: str = ".soundings/git",
    limit_seconds: float = 1800,
) -> Yields:
    """The configuration changes among the commits of the default branch (or `branch`) whose committer time lies in the window, then those commits.

    Older commits that reached the branch since the window began (a long-lived branch that was merged, a late push) come with it, however old
    they are: the reflog of the mirror, or of the clone at `path`, tells where the branch stood then. A bare repository at `path` has no reflog
    unless its `core.logAllRefUpdates` is true; there, what arrives later than the look-back is not seen.

    `path`: a repository, bare or not, a folder of them, or a glob; it is read as it is, nothing is fetched into it.
    `url`: https, ssh or file; mirrored under `cache`. The connection's login and secret go with http(s) alone.
    `repo`: the name in every record; else the last two parts of the address, or the path below the folder or glob.
    `config`: glob patterns (git's own, from the top; `!` in front excludes) of files whose keys are configuration.
    `allow`: keys whose values are kept (else a fingerprint), `*` and `?` as wildcards. `environments`: glob of paths -> environment.

    Ends in Refused or Busy with the repository and the remedy; of several at `path` one that cannot be read, for now or for good, is set aside
    alone. What a force push took away stays in the warehouse: it did happen. A commit dated in the future is not seen before that time has come.
    One whose committer's time is missing or absurd counts from when it was written; with neither time it is set aside alone.
    """
    if (path is None) == (url is None):
        raise Refused("a git source needs either `path` or `url`")
    found = (
        [mirror(url, api, name=repo, branch=branch, cache=cache, limit_seconds=limit_seconds)]
        if url
        else repositories(str(path), limit_seconds, repo)
    )
    disclosure = Disclosure(tuple(allow), tuple((environments or {}).items()))
    troubles: list[Refused | Busy] = []
    for repository in found:
        try:
            yield from _of_one(repository, window, branch, config, disclosure, is_mirror=url is not None)
        except (Refused, Busy) as trouble:
            troubles.append(trouble)
            if len(troubles) == len(found):
                raise troubles[0] from None
            is_scope = isinstance(trouble, Refused)  # what is busy may be read by the next pull
            yield Unfit("commits", f"{trouble}. {_THEN}", {"repo": repository.name}, repository.name, is_scope=is_scope)


def _of_one(
    repository: Repository, window: Window, branch: str | None, config: Sequence[str], disclosure: Disclosure, *, is_mirror: bool
) -> Iterator[Commit | ConfigChange | Unfit]:
    """What is read of one repository. Its mirror holds one branch alone, under a name of ours."""
    wanted = None if is_mirror else branch
    head = head_of(repository, wanted)
    if head is None or window.end.timestamp() <= 0:
        return
    on = branch or (None if is_mirror else branch_of_head(repository))
    chosen: list[tuple[str, ...]] = [between(window), *late(repository, wanted, head, window)]
    said: dict[str, tuple[str, ...]] = {}
    for dates in chosen if config else ():
        entries = log(repository, head, (*SETTINGS, *dates), pathspecs(config))
        yield from config_changes(repository, (entry for entry in entries if _is_before(window.end, entry)), disclosure, said)
    for dates in chosen:
        entries = log(repository, head, ("--no-renames", *dates))
        commits = (commit_of(without(said, entry), repository.name, on) for entry in entries)
        yield from (commit for commit in commits if isinstance(commit, Unfit) or commit.committed_at < window.end)


_THEN = (
    "The others are read. Once it can be opened it is read whole by itself; where it gave way inside, "
    "`soundings pull SOURCE --since 1970-01-01T00:00:00Z` reads it again then"
)
# Merges count once, when and as they reach the branch: only so do the values of a key follow one another.
SETTINGS = ("--first-parent", "-M")


def pathspecs(patterns: Sequence[str]) -> list[str]:
    """Our glob patterns in git's words."""
    return [f":(top,glob,exclude){pattern[1:]}" if pattern.startswith("!") else f":(top,glob){pattern}" for pattern in patterns]


def late(repository: Repository, branch: str | None, head: str, window: Window) -> Iterator[tuple[str, ...]]:
    """The options that keep what belongs to the window though its committer's time does not say so.

    Commits from before the window that were not on the branch when it began, none where it has not moved since; among them, for git takes a missing
    time for 0, and beside them those of no time a calendar has. Where nothing tells how the branch stood then, only the latter.
    """
    start = ceil(window.start.timestamp())
    if start <= 0:
        return  # everything is read, whatever its time
    base = head_at(repository, branch, window.start)
    if base != head:
        yield f"--until=@{start - 1 if base else 0} +0000", *([f"^{base}"] if base else [])
        yield f"--since-as-filter=@{LATEST + 1} +0000", *([f"^{base}"] if base else [])


def between(window: Window) -> tuple[str, ...]:
    """The options that keep commits whose committer time lies in [start, end). Every commit is looked at: clocks of old commits may be wrong.

    None for a window from 1970 on: among all commits are those whose time is missing or absurd, and the few from after its end are left out by us.
    """
    start, end = (ceil(at.timestamp()) for at in (window.start, window.end))
    return (f"--since-as-filter=@{start} +0000", f"--until=@{end - 1} +0000") if start > 0 else ()


def without(said: Mapping[str, Sequence[str]], entry: Sequence[str]) -> Sequence[str]:
    """The entry whose message does not tell what stands at a secret place of its files."""
    message = entry[2]
    for secret in said.get(entry[0].split(" ", 1)[0], ()) if said else ():
        message = message.replace(secret, MASK)
    return entry if message is entry[2] else [*entry[:2], message, *entry[3:]]


def _is_before(end: datetime, entry: Sequence[str]) -> bool:
    at = committed_at(entry)
    return at is not None and at < end
