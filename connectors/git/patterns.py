"""Patterns of `config` that mean no file: asked for by `soundings doctor`, of what the branch holds now."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from connectors.errors import Busy, Refused
from connectors.git.mirror import mirror
from connectors.git.process import Repository, answer
from connectors.git.repositories import head_of, repositories
from connectors.http import Connection

REMEDY = (
    "Patterns are git's own, from the top of the repository: `config/*.yaml` are the files in that folder, `config/**` all below it, "
    "`**/values.yaml` those of that name. Correct it, or take it out."
)
_NO_FILE = "/dev/null"


def matching_nothing(
    api: Connection | None,
    *,
    path: str | None = None,
    url: str | None = None,
    repo: str | None = None,
    branch: str | None = None,
    config: Sequence[str] = (),
    cache: str = ".soundings/git",
    limit_seconds: float = 1800,
    **_others: Any,
) -> Iterator[tuple[str, str]]:
    """What is remarkable about the options of a git source, and what to write: a pattern without a file in any repository, where one has files.

    Of several repositories one that cannot be read is left out, which the pull says.
    """
    if not config:
        return
    limit = {"limit_seconds": limit_seconds}
    found = [mirror(url, api, name=repo, branch=branch, cache=cache, **limit)] if url else repositories(str(path), limit_seconds, repo)
    heads = list(_heads(found, None if url else branch))
    for pattern in config if heads else ():
        if not any(_has_file(repository, head, pattern.removeprefix("!")) for repository, head in heads):
            written = "leaves out nothing" if pattern.startswith("!") else "means no file"
            yield f'the `config` pattern "{pattern}" {written} on the branch', REMEDY


def _heads(found: Iterable[Repository], branch: str | None) -> Iterator[tuple[Repository, str]]:
    for repository in found:
        with suppress(Refused, Busy):
            if head := head_of(repository, branch):
                yield repository, head


def _has_file(repository: Repository, head: str, pattern: str) -> bool:
    nothing = answer(repository, "hash-object", "-t", "tree", _NO_FILE)
    # Status 1, which is no answer: there is a difference between the empty tree and the branch.
    return answer(repository, "diff-tree", "--quiet", "-r", str(nothing), head, "--", f":(top,glob){pattern}") is None
