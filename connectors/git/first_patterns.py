"""What a repository tells a newcomer: where it comes from, and a first guess at `config` by what the files of its branch are called."""

import os
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import closing
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import PurePosixPath

from connectors.git.config_values import reader_of
from connectors.git.process import CHUNK, Repository, answer, pipe, running
from connectors.git.repositories import head_of, repositories

SECONDS = 10
_MOST_FILES = 500_000  # that are looked at
_MOST = 12  # patterns
_FOLDERS = {
    *("charts", "conf", "config", "configs", "configuration", "deploy", "deployment", "deployments", "env", "environment", "environments", "envs"),
    *("helm", "infra", "infrastructure", "k8s", "kubernetes", "kustomize", "manifests", "overlays", "settings", "terraform"),
}
_NAMES = ("application*.properties", "application*.yml", "application*.yaml", "appsettings*.json", "values*.yaml", "values*.yml", ".env*")
# What lies there is no settings of ours: templates, texts, what tests and others bring along.
_LEFT_OUT = ("templates", "locales", "i18n", "schemas", "crds", "test", "tests", "testdata", "fixtures", "examples", "node_modules", "vendor")


def origin(path: str) -> str | None:
    """Where this repository was cloned from, as far as it says so. Ends in Refused or Busy as below."""
    [repository] = repositories(path, SECONDS, None)
    return answer(repository, "config", "--get", "remote.origin.url")


def suggested(path: str) -> list[str]:
    """Patterns of files that the branch of this repository has, those with most first, then what to leave out of them; none where nothing looks so.

    Ends in Refused or Busy where it cannot be read within a few seconds.
    """
    [repository] = repositories(path, SECONDS, None)
    head = head_of(repository, None)
    if head is None:
        return []
    with closing(_files(repository, head)) as files:
        return patterns(islice(files, _MOST_FILES))


def patterns(files: Iterable[str]) -> list[str]:
    """The same for files of these names."""
    found, deep = Counter[str](), set[str]()  # deep: patterns that lie in another folder, too
    left_out: dict[str, set[tuple[str, bool]]] = {}
    for place in map(PurePosixPath, files):
        if not (pattern := _pattern(place)):
            continue
        is_deep = pattern.partition("/")[0] != place.parts[0] if "/" in pattern else len(place.parts) > 1
        if unwanted := next((folder for folder in place.parts[:-1] if folder in _LEFT_OUT), None):
            left_out.setdefault(unwanted, set()).add((pattern, is_deep))
            continue
        found[pattern] += 1
        if is_deep:
            deep.add(pattern)
    chosen = [pattern for pattern, _ in sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_MOST]]
    meant = {(pattern, is_deep) for pattern in chosen for is_deep in (False, pattern in deep)}
    without = [f"!**/{name}/**" for name in sorted(left_out) if left_out[name] & meant]
    return [*(f"**/{pattern}" if pattern in deep else pattern for pattern in chosen), *without]


def _pattern(place: PurePosixPath) -> str | None:
    """The pattern, from some folder on, that would mean the file."""
    if reader_of(place.name) is None:
        return None
    folder = next((folder for folder in place.parts[:-1] if folder.lower() in _FOLDERS), None)
    if folder and reader_of(f"a{place.suffix}"):
        return f"{folder}/**/*{place.suffix}"
    return next((name for name in _NAMES if fnmatchcase(place.name, name)), None)


def _files(repository: Repository, head: str) -> Generator[str]:
    with running(repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", head) as process:
        waiting = b""
        while chunk := os.read(pipe(process.stdout).fileno(), CHUNK):
            *names, waiting = (waiting + chunk).split(b"\0")
            yield from (name.decode("utf-8", "backslashreplace") for name in names)
