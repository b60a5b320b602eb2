"""Which repositories a source line means, and where their branches stand."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from connectors.errors import Busy, Refused
from connectors.git.mirror import name_in, was_empty
from connectors.git.process import Repository, answer

_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)  # the first day git's dates know in every zone


def repositories(path: str, limit_seconds: float, name: str | None) -> list[Repository]:
    """The repositories at a path: itself, else what the glob finds, else the folder's own children. Raises Refused if there is none.

    Each is called by `name`, else by its path below the folder or below the part of the glob without wildcards.
    """
    base = Path(path).expanduser()
    if single := _git_dir(base):
        return [Repository(name or _shown(base.resolve().name), base, single, limit_seconds)]
    places = sorted(glob(str(base if has_magic(str(base)) else base / "*"), recursive=True))  # noqa: PTH207 (an absolute pattern)
    root = Path(*_plain(base))
    found = [
        Repository(_shown(str(place.relative_to(root))), place, git_dir, limit_seconds) for place in map(Path, places) if (git_dir := _git_dir(place))
    ]
    if not found:
        raise Refused(f"there is no git repository at {path}, nor directly inside it: correct `path`, or clone one there")
    if name and len(found) > 1:
        raise Refused(f"`repo` names one repository, and there are {len(found)} at {path}: leave it out, they are named by their folders")
    if twice := {one.name for one in found if sum(one.name == other.name for other in found) > 1}:
        raise Refused(f"two repositories at {path} have the same name ({', '.join(sorted(twice))}): rename one or list them in two sources")
    return [Repository(name, found[0].path, found[0].git_dir, limit_seconds)] if name else found


def _git_dir(place: Path) -> Path | None:
    try:
        if (place / ".git").exists():
            return (place / ".git").resolve()
        bare = (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
        return place.resolve() if bare else None
    except PermissionError as error:
        raise Refused(f"{place} may not be read: let the account that runs this read it, or leave it out of `path`") from error


def _plain(path: Path) -> Iterator[str]:
    for part in path.parts:
        if has_magic(part):
            return
        yield part


def _shown(name: str) -> str:
    return name.removesuffix(".git") or name


def _names(branch: str | None) -> tuple[str, ...]:
    return (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}") if branch else ("HEAD",)


def branch_of_head(repository: Repository) -> str | None:
    """The name of the branch that is checked out (the default one where the repository is bare); None for a detached HEAD."""
    return answer(repository, "symbolic-ref", "--quiet", "--short", "HEAD")


def head_at(repository: Repository, branch: str | None, at: datetime) -> str | None:
    """The commit the branch stood at then, by the reflog, as far as that goes back; None where there is none (bare, and no mirror of ours)."""
    moments = (f"{name}@{{{max(at, _EPOCH):%Y-%m-%dT%H:%M:%S}+0000}}" for name in _names(branch))
    return next(filter(None, (answer(repository, "rev-parse", "--quiet", "--verify", "--end-of-options", moment) for moment in moments)), None)


def head_of(repository: Repository, branch: str | None) -> str | None:
    """The commit the branch (None: the default one) stands at; None for a repository without any commit.

    Raises Refused for a branch that is not there, and for a shallow clone, whose history ends without saying so.
    """
    if answer(repository, "rev-parse", "--is-shallow-repository") != "false":
        raise Refused(f"{repository.path} is a shallow clone, its history is cut: run `git fetch --unshallow` there")
    for name in _names(branch):
        if head := answer(repository, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}"):
            return head
    if branch or answer(repository, "for-each-ref", "--count=1", "refs/heads"):
        wanted = f"no branch {branch}" if branch else "a HEAD that points to no commit, yet other branches"
        raise Refused(f"{repository.path} has {wanted}: set `branch` to one that `git branch --all` shows there")
    return None


def readable(
    *,
    path: str | None = None,
    url: str | None = None,
    repo: str | None = None,
    branch: str | None = None,
    cache: str = ".soundings/git",
    limit_seconds: float = 1800,
    **_others: Any,
) -> Iterator[str]:
    """The repositories that have something to read, as far as is known here: neither those that are empty nor, at `path`, those that are set aside.

    Refused where there is none at `path`.
    """
    if url and not was_empty(url, branch=branch, cache=cache, limit_seconds=limit_seconds):
        yield name_in(url)
    for repository in repositories(path, limit_seconds, repo) if path else ():
        with suppress(Refused, Busy):  # the pull says so
            if head_of(repository, branch):
                yield repository.name
