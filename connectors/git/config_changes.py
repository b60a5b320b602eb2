"""Configuration files in a git history: which keys changed, from what to what."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import PurePosixPath
from subprocess import Popen

from connectors.commit_message import told
from connectors.git.authors import author_of
from connectors.git.commits import committed_at
from connectors.git.config_values import Unreadable, values_of
from connectors.git.process import CHUNK, Repository, pipe, running
from pipeline.signals import ConfigChange, Unfit

LARGEST = 1 << 20  # a file beyond this is compared as a whole
LONGEST_SHOWN = 500
ENVIRONMENTS = frozenset(
    {
        "production",
        "prod",
        "live",
        "staging",
        "stage",
        "preprod",
        "preproduction",
        "uat",
        "qa",
        "test",
        "testing",
        "dev",
        "development",
        "sandbox",
        "demo",
    }
)
SECRET_KEY = re.compile(r"pass|pwd|secret|token|credential|private|key|auth|signature|salt|dsn|bearer|cookie|webhook", re.IGNORECASE)
SECRET_VALUE = re.compile(r"://[^/\s@]*:[^/\s@]*@|-----BEGIN|\b(?:gh[pousr]_|glpat-|xox[abpr]-|AKIA|eyJ)[\w-]{8,}")
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What may be shown of a value, and which environment a path belongs to."""

    allow: tuple[str, ...] = ()
    environments: tuple[tuple[str, str], ...] = ()

    def shown(self, path: str, key: str, value: str | None) -> str | None:
        """The value where its key is allow-listed and nothing about it looks secret; else a short hash, the same for the same value."""
        if value is None:
            return None
        is_allowed = any(fnmatchcase(key, pattern) or fnmatchcase(f"{path}#{key}", pattern) for pattern in self.allow)
        is_secret = SECRET_KEY.search(key or path) or SECRET_VALUE.search(value)
        if is_allowed and not is_secret and len(value) <= LONGEST_SHOWN:
            return value
        return f"sha256:{sha256(value.encode('utf-8', 'backslashreplace')).hexdigest()[:12]}"

    def environment(self, path: str) -> str | None:
        """The environment given for the path, else the innermost folder or part of the file's name that is a usual name of one."""
        for pattern, environment in self.environments:
            if fnmatchcase(path, pattern):
                return environment
        *folders, name = PurePosixPath(path.lower()).parts
        words = [*folders, *re.split(r"[._-]", name)]
        return next((word for word in reversed(words) if word in ENVIRONMENTS), None)


def config_changes(repository: Repository, entries: Iterable[Sequence[str]], disclosure: Disclosure) -> Iterator[ConfigChange | Unfit]:
    """One record for each key whose value a commit changed; an Unfit for a file that cannot be read as what its name says.

    Values are read by one `git cat-file` for all. A renamed file keeps its values: only keys that differ are changes.
    """
    with running(repository, "cat-file", "--batch") as blobs:
        for entry in entries:
            for meta, old_path, path in _files(entry):
                yield from _changes(repository.name, entry, path, _Blobs(blobs, meta, old_path, path), disclosure)


def _files(entry: Sequence[str]) -> Iterator[tuple[list[str], str, str]]:
    fields = iter(entry[3:])
    for written in fields:
        meta = written.lstrip("\n:").split(" ")
        old_path = next(fields)
        yield meta, old_path, next(fields) if meta[4].startswith(("R", "C")) else old_path


@dataclass(frozen=True, slots=True)
class _Blobs:
    """The two states of one file that a commit changed."""

    process: "Popen[bytes]"
    meta: Sequence[str]
    old_path: str
    path: str

    def old(self) -> dict[str, str]:
        return self._values(self.meta[0], self.meta[2], self.old_path)

    def new(self) -> dict[str, str]:
        return self._values(self.meta[1], self.meta[3], self.path)

    def _values(self, mode: str, blob: str, path: str) -> dict[str, str]:
        if not blob.strip("0"):
            return {}
        text = blob if mode == SUBMODULE else _text(self.process, blob)
        return {"": text or f"blob {blob}"} if mode == SUBMODULE or text is None else values_of(path, text)


def _text(blobs: "Popen[bytes]", blob: str) -> str | None:
    asking, answering = pipe(blobs.stdin), pipe(blobs.stdout)
    asking.write(f"{blob}\n".encode())
    asking.flush()
    header = answering.readline().split()
    if len(header) < 3:
        raise Unreadable("its content is not in this repository: run `git fetch --refetch` there")
    left = int(header[2])
    content = answering.read(left) if left <= LARGEST else None
    while content is None and left:
        left -= len(answering.read(min(left, CHUNK)))
    answering.read(1)
    return None if content is None else content.decode("utf-8-sig", "backslashreplace")


def _changes(repo: str, entry: Sequence[str], path: str, blobs: _Blobs, disclosure: Disclosure) -> Iterator[ConfigChange | Unfit]:
    sha = entry[0].split(" ", 1)[0]
    file = f"{repo}@{sha}:{_quoted(path)}"
    try:
        old, new = blobs.old(), blobs.new()
    except Unreadable as error:
        yield Unfit("config_changes", f"{file}: {error}", {"repo": repo, "sha": sha, "path": path}, file)
        return
    if (at := committed_at(entry)) is None:  # set aside as a commit
        return
    (actor, is_bot), title = author_of(entry[1]), told(entry[2]).title
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key):
            continue
        mark = f"#{key}" if key else ""
        yield ConfigChange(
            native_id=file + mark,
            scope=repo,
            system="git",
            target=_quoted(path) + mark,
            environment=disclosure.environment(path),
            old_value=disclosure.shown(path, key, old.get(key)),
            new_value=disclosure.shown(path, key, new.get(key)),
            actor=actor,
            is_bot=is_bot,
            applied_at=at,
            title=title,
        )


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("#", "%23")
