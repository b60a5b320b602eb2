"""Who wrote what a program merged: merge queues put their own name to everybody's work."""

from collections.abc import Iterable, Iterator, Sequence
from subprocess import Popen
from typing import NamedTuple

from connectors.git.authors import author_of
from connectors.git.process import pipe

DEEPEST = 5  # merges of a program within merges of a program that are followed
_AT_ONCE = 100  # questions, few enough to fit into a pipe


class _Commit(NamedTuple):
    author: str  # `name\nmail`, as `log` tells it
    parents: tuple[str, ...]


def writers(process: "Popen[bytes]", entries: Iterable[Sequence[str]]) -> dict[str, str]:
    r"""Merge made by a program -> the person (`name\nmail`) whose commit is the newest of what it merged; not there where that is a program's too.

    `process` is a `git cat-file --batch` that nobody else talks to meanwhile; a commit it does not have says nothing.
    """
    sides = {sha: merged for sha, merged in map(_merged, entries) if merged}
    found: dict[str, str] = {}
    for _ in range(DEEPEST):
        known = dict(_commits(process, sorted({side for merged in sides.values() for side in merged})))
        deeper: dict[str, tuple[str, ...]] = {}
        for sha, merged in sides.items():
            there = [known[side] for side in merged if side in known]
            people = (commit.author for commit in there if not author_of(commit.author)[1])
            if person := next(people, None):
                found[sha] = person
            elif within := tuple(parent for commit in there for parent in commit.parents[1:]):
                deeper[sha] = within
        sides = deeper
    return found


def _merged(entry: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The commit, and what it merged into its first parent where a program did so."""
    sha, _, _, *parents = entry[0].split(" ")
    return sha, tuple(parents[1:]) if len(parents) > 1 and author_of(entry[1])[1] else ()


def _commits(process: "Popen[bytes]", shas: Sequence[str]) -> Iterator[tuple[str, _Commit]]:
    asking, answering = pipe(process.stdin), pipe(process.stdout)
    for start in range(0, len(shas), _AT_ONCE):
        some = shas[start : start + _AT_ONCE]
        asking.write("".join(f"{sha}\n" for sha in some).encode())
        asking.flush()
        for sha in some:
            header = answering.readline().split()
            if len(header) < 3:
                continue
            content = answering.read(int(header[2]) + 1)
            head = content.partition(b"\n\n")[0].decode("utf-8", "backslashreplace").split("\n")
            author = next((line for line in head if line.startswith("author ")), "")
            name, _, mail = author.removeprefix("author ").rpartition("> ")[0].partition(" <")
            yield sha, _Commit(f"{name}\n{mail}", tuple(line.removeprefix("parent ") for line in head if line.startswith("parent ")))
