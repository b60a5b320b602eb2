"""Commits and configuration changes from git repositories: a folder on this machine or an address to mirror. No API budget is spent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from math import ceil

from connectors.disclosure import Disclosure
from connectors.errors import Refused
from connectors.git.commits import commit_of
from connectors.git.config_changes import config_changes
from connectors.git.mirror import mirror
from connectors.git.process import Repository, log
from connectors.git.repositories import head_at, head_of, repositories
from connectors.http import Connection
from connectors.registry import Yields, source
from pipeline.signals import Window


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

    Older commits that reached the branch since the window began (a long-lived branch that was merged, a late push) come with it, however old
    they are: the reflog of the mirror, or of the clone at `path`, tells where the branch stood then. A bare repository at `path` has no reflog
    unless its `core.logAllRefUpdates` is true; there, what arrives later than the look-back is not seen.

    `path`: a repository, bare or not, a folder of them, or a glob; it is read as it is, nothing is fetched into it.
    `url`: https, ssh or file; mirrored under `cache`. The connection's login and secret go with http(s) alone.
    `repo`: the name in every record; else the last two parts of the address, or the path below the folder or glob.
    `config`: glob patterns (git's own, from the top; `!` in front excludes) of files whose keys are configuration.
    `allow`: keys whose values are kept (else a fingerprint), `*` and `?` as wildcards. `environments`: glob of paths -> environment.

    Ends in Refused or Busy with the repository and the remedy. What a force push took away stays in the warehouse: it did happen.
    A commit dated in the future is not seen before that time has come.
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
            chosen: list[tuple[str, ...]] = [between(window), *late(repository, None if url else branch, head, window)]
            for dates in chosen:
                yield from (commit_of(entry, repository.name, branch) for entry in log(repository, head, ("--no-renames", *dates)))
            for dates in chosen if config else ():
                yield from config_changes(repository, log(repository, head, (*SETTINGS, *dates), pathspecs(config)), disclosure)


# Merges count once, when and as they reach the branch: only so do the values of a key follow one another.
SETTINGS = ("--first-parent", "-M")


def pathspecs(patterns: Sequence[str]) -> list[str]:
    """Our glob patterns in git's words."""
    return [f":(top,glob,exclude){pattern[1:]}" if pattern.startswith("!") else f":(top,glob){pattern}" for pattern in patterns]


def late(repository: Repository, branch: str | None, head: str, window: Window) -> Iterator[tuple[str, ...]]:
    """The options that keep commits from before the window which were not on the branch when it began; none where it has not moved since."""
    base = head_at(repository, branch, window.start)
    if base and base != head and window.start.timestamp() > 0:
        yield "--since-as-filter=@1 +0000", f"--until=@{ceil(window.start.timestamp()) - 1} +0000", f"^{base}"  # a missing time is 0


def between(window: Window) -> tuple[str, str]:
    """The options that keep commits whose committer time lies in [start, end). Every commit is looked at: clocks of old commits may be wrong."""
    start, end = (max(ceil(at.timestamp()), 0) for at in (window.start, window.end))
    return f"--since-as-filter=@{start} +0000", f"--until=@{end - 1} +0000"
