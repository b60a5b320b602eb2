"""Configuration files in a git history: which keys changed, from what to what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from connectors.commit_message import told
from connectors.disclosure import Disclosure, Place, fingerprint
from connectors.git.authors import author_of
from connectors.git.commits import committed_at
from connectors.git.config_differences import Difference, differences
from connectors.git.config_states import AT_ONCE, Reader, State, States, Version
from connectors.git.merged import writers
from connectors.git.process import Repository, running
from connectors.secret_forms import holds_secrets, masked
from signals.pulled import Unfit
from signals.records import ConfigChange

MOST_KEYS = 300  # of one commit: one that changes more is told file by file
LONGEST_TITLE = 1000
REMEDY = "its content is not in this repository: run `git fetch --refetch --no-filter` there"
_REGULAR = frozenset({"100644", "100755"})
Pair = tuple[Version, Version]


def config_changes(
    repository: Repository, entries: Iterable[Sequence[str]], disclosure: Disclosure, said: dict[str, tuple[str, ...]]
) -> Iterator[ConfigChange | Unfit]:
    """One record for each key whose value a commit changed; an Unfit for a file whose content the repository lacks.

    `said` is given, for each commit whose message tells what stands at a secret place of its files, just that.

    A file that one of its two states does not allow to read key by key (too large, a link, binary, a template, broken) is compared as a whole; so are
    all files of a commit that changes more than MOST_KEYS keys. What a program merged is by the person who wrote it, not by the program.
    A renamed file keeps its values: only keys that differ are changes.
    """
    with running(repository, "cat-file", "--batch") as process:
        reader = Reader(process)
        for group in _groups(entries):
            states = reader.states(version for _, files in group if len(files) <= MOST_KEYS for pair in files for version in pair)
            wrote = writers(process, (entry for entry, _ in group))
            for entry, files in group:
                found = (state.secrets for pair in files for version in pair if (state := states.get(version)))
                secrets = tuple(sorted(set().union(*found), key=len, reverse=True))  # one may be a part of another
                if told_ones := tuple(secret for secret in secrets if secret in entry[2]):
                    said[entry[0].split(" ", 1)[0]] = told_ones
                by_writer = [entry[0], wrote.get(entry[0].split(" ", 1)[0], entry[1]), *entry[2:]]
                yield from _records(repository.name, by_writer, files, states, Disclosure(disclosure.allow, disclosure.environments, secrets))


def _groups(entries: Iterable[Sequence[str]]) -> Iterator[list[tuple[Sequence[str], list[Pair]]]]:
    """Commits with their files, as many at once as are worth one question to git."""
    group: list[tuple[Sequence[str], list[Pair]]] = []
    for entry in entries:
        group.append((entry, [(old, new) for old, new in _files(entry) if old.blob != new.blob or {old.mode, new.mode} - _REGULAR]))
        if len(group) >= AT_ONCE or sum(len(files) for _, files in group) >= AT_ONCE:
            yield group
            group = []
    yield group


def _files(entry: Sequence[str]) -> Iterator[Pair]:
    fields = iter(entry[3:])
    for written in fields:
        old_mode, new_mode, old, new, kind = written.lstrip("\n:").split(" ")
        path = next(fields)
        yield Version(old_mode, old, path), Version(new_mode, new, next(fields) if kind[0] in "RC" else path)


def _records(repo: str, entry: Sequence[str], files: Sequence[Pair], states: States, disclosure: Disclosure) -> Iterator[ConfigChange | Unfit]:
    by_file = _by_key(files, states) if len(files) <= MOST_KEYS else None
    if by_file is None:
        by_file = [(new.path, [(Place(), old.whole, new.whole)]) for old, new in files]
    for path, found in by_file:
        yield from _unfit(repo, entry, path) if found is None else _changes(repo, entry, path, found, disclosure)


def _by_key(files: Sequence[Pair], states: States) -> list[tuple[str, list[Difference] | None]] | None:
    """What differs in each file, None for one whose content is not there; None for all if it is more than MOST_KEYS keys."""
    told: list[tuple[str, list[Difference] | None]] = []
    left = MOST_KEYS
    for old, new in files:
        before, after = states[old], states[new]
        found = None if before is None or after is None else list(islice(_differences(before, after), left + 1))
        told.append((new.path, found))
        left -= len(found or ())
        if left < 0:
            return None
    return told


def _differences(old: State, new: State) -> Iterator[Difference]:
    if old.documents is not None and new.documents is not None:
        yield from differences(old.documents, new.documents, Place(hides_items=holds_secrets(new.path)))
    elif old.whole != new.whole:
        yield Place(), old.whole, new.whole


def _unfit(repo: str, entry: Sequence[str], path: str) -> Iterator[Unfit]:
    sha = entry[0].split()[0]
    file = f"{repo}@{sha}:{_target(path)}"
    yield Unfit("config_changes", f"{file}: {REMEDY}", {"repo": repo, "sha": sha, "path": _target(path)}, file)


def _changes(repo: str, entry: Sequence[str], path: str, found: Iterable[Difference], disclosure: Disclosure) -> Iterator[ConfigChange]:
    if (at := committed_at(entry)) is None:  # set aside as a commit
        return
    sha = entry[0].split(" ", 1)[0]
    actor, is_bot = author_of(entry[1])
    title, target = masked(disclosure.without(told(entry[2]).title[:LONGEST_TITLE])), disclosure.without(_target(path))
    times: Counter[str] = Counter()
    for place, old, new in found:
        name = disclosure.name(path, place)
        times[name] += 1
        mark = f"#{name}" if name else ""
        again = f" {times[name]}" if times[name] > 1 else ""  # `a.b` may be a key of its own, or `b` below `a`
        yield ConfigChange(
            native_id=f"{repo}@{sha}:{target}{mark}{again}",
            scope=repo,
            system="git",
            target=f"{target}{mark}{again}",
            environment=disclosure.environment(path),
            old_value=disclosure.shown(path, place.clear, old, is_hidden=place.hides_values),
            new_value=disclosure.shown(path, place.clear, new, is_hidden=place.hides_values),
            actor=actor,
            is_bot=is_bot,
            applied_at=at,
            title=title,
        )


def _target(path: str) -> str:
    shown = "/".join(part if masked(part) == part else fingerprint(part) for part in path.split("/"))
    return shown.replace("%", "%25").replace("#", "%23")
