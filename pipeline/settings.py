"""soundings.toml, read and checked as a whole before anything runs; every error names the file, the line and the fix."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from glob import glob
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from connectors import registry
from connectors.errors import Refused
from pipeline.advice import advice, keys_beside, nearest, one_a_key
from pipeline.backstage import catalogue
from pipeline.confidential import OF_THE_WAREHOUSE, hidden, secret_problems
from pipeline.configuration import File, SourceLine, TrackerLine, options_of
from pipeline.connections import connection, variable_of
from pipeline.naming import name_problems
from pipeline.references import Problem, reference_problems
from pipeline.toml_lines import line_of
from transforms.estate import Estate, Service, Team
from transforms.policy import Policy

_PLACES = frozenset({"path", "cache"})  # options that name a file or folder
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Unusable(Exception):
    """The configuration cannot be used. The message has one line for each thing to mend."""


@dataclass(frozen=True)
class Settings:
    """The checked configuration. Relative paths in it start at the folder of soundings.toml."""

    path: Path
    file: File

    @cached_property
    def policy(self) -> Policy:
        """Every threshold."""
        return Policy(**self.file.policy.model_dump())  # type: ignore[attr-defined]

    @cached_property
    def estate(self) -> Estate:
        """Services, teams and people, as the transforms want them."""
        file = self.file
        return Estate(
            services={name: Service(team=table.team, production=table.production) for name, table in file.services.items()},
            teams={
                name: Team(
                    zone=table.zone or file.organisation.zone,
                    starts=table.hours.starts,
                    ends=table.hours.ends,
                    workdays=tuple(_DAYS.index(day) for day in table.workdays),
                    holidays=table.holidays,
                    members=table.members,
                    rotations=table.rotations,
                )
                for name, table in file.teams.items()
            },
            identities={identity: name for name, table in file.people.items() for identity in table.identities},
            zones={name: table.zone for name, table in file.people.items() if table.zone},
            zone=file.organisation.zone,
        )

    @property
    def sources(self) -> Mapping[str, SourceLine]:
        """Each line under [sources]."""
        return self.file.sources

    @property
    def trackers(self) -> Mapping[str, TrackerLine]:
        """Each line under [trackers]."""
        return self.file.trackers

    def beside(self, path: str | Path) -> Path:
        """The path, from the folder of soundings.toml where it is relative."""
        return self.path.parent / path

    @property
    def warehouse_url(self) -> str:
        """The database; an SQLite file lies beside soundings.toml unless its path is absolute."""
        url = self.file.warehouse.url
        return f"sqlite:///{self.beside(url.removeprefix('sqlite:///'))}" if url.startswith("sqlite:///") else url

    def options(self, line: SourceLine | TrackerLine) -> dict[str, Any]:
        """A connector's options, its `path` and `cache` made whole, its own defaults too."""
        defaults = {name: parameter.default for name, parameter in signature(_connector(line)).parameters.items() if name in _PLACES}
        return line.options | {name: self._whole(line.options.get(name, default)) for name, default in defaults.items()}

    def _whole(self, place: Any) -> Any:
        if isinstance(place, list):
            return [self._whole(one) for one in place]
        return str(self.beside(Path(place).expanduser())) if isinstance(place, str) and "://" not in place else place


def _connector(line: SourceLine | TrackerLine) -> Callable[..., Any]:
    return registry.sources()[line.use].pull if isinstance(line, SourceLine) else registry.trackers()[line.use][0]


def load(path: Path) -> Settings:
    """The settings in that file. Raises Unusable with everything that is wrong in it."""
    text = _text(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path}:{_broken_line(text, str(error))}: this is no TOML: {error}; see https://toml.io for how to write it") from None
    try:
        tables = _with_backstage(tables, path.parent)
    except (OSError, ValueError) as error:
        raise Unusable(_report(path, text, [(("backstage",), str(error))])) from None
    file, problems = _file(tables)
    secrets = dict(secret_problems(tables))
    problems = [(keys, words) for keys, words in problems if keys not in secrets] + [*name_problems(tables), *secrets.items()]
    teams = tables.get("teams")
    unsound = {str(keys[0]) for keys, _ in problems}
    problems += [problem for problem in _connector_problems(file) if problem[0] not in secrets]
    problems += [*reference_problems(file, set(teams) if isinstance(teams, dict) else set(), unsound)]
    if problems:
        raise Unusable(_report(path, text, problems))
    return Settings(path.resolve(), file)


def check_connections(settings: Settings) -> None:
    """Raises Unusable with the line of each `conn_id` whose connection in the environment leads to no address one can ask, and of a password.

    One in the warehouse's address works, and does not belong there.
    """
    address = urlsplit(settings.file.warehouse.url)
    problems: list[Problem] = [(("warehouse", "url"), OF_THE_WAREHOUSE)] if address.password or "password" in parse_qs(address.query) else []
    for kind, lines in (("sources", settings.sources), ("trackers", settings.trackers)):
        for name, line in lines.items():
            try:
                if line.conn_id and variable_of(line.conn_id) in os.environ:
                    connection(line.conn_id)
            except Refused as refused:
                problems.append(((kind, name, "conn_id"), str(refused)))
    if problems:
        raise Unusable(_report(settings.path, _text(settings.path), problems))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path}: there is no such file; `soundings init` writes one, or name yours with --config"
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: it cannot be read as UTF-8 text: {error}"
    raise Unusable(message)


def _broken_line(text: str, error: str) -> int:
    found = re.search(r"at line (\d+)", error)
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _file(tables: dict[str, Any]) -> tuple[File, list[Problem]]:
    """What of the tables is sound, and what is wrong with the rest, so that one look shows everything."""
    try:
        return File.model_validate(tables), []
    except ValidationError as error:
        problems: list[Problem] = [(tuple(e["loc"]), advice(e, keys_beside(File, e["loc"]))) for e in error.errors()]
    broken = {keys[:depth] for keys, _ in problems for depth in (1, 2) if depth == len(keys[:2]) or not isinstance(tables.get(keys[0]), dict)}
    sound = {
        kind: {name: value for name, value in table.items() if (kind, name) not in broken} if isinstance(table, dict) else table
        for kind, table in tables.items()
        if (kind,) not in broken
    }
    return File.model_validate(sound), problems


def _with_backstage(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What soundings.toml says wins over what Backstage says, key by key. Raises ValueError where a pattern finds no catalogue."""
    patterns = tables.get("backstage", ())
    if not isinstance(patterns, list):
        return tables
    paths: list[Path] = []
    for pattern in patterns:
        paths += (found := sorted(folder / name for name in glob(str(pattern), root_dir=folder, recursive=True)))  # noqa: PTH207 - takes absolute patterns, too
        if not found:
            message = f"{pattern!r} matches no file in {folder}; correct the pattern or take it out"
            raise ValueError(message)
    merged = {kind: _over(entities, tables.get(kind, {})) for kind, entities in catalogue(paths).items()}
    return tables | merged


def _over(entities: Mapping[str, dict[str, Any]], own: Any) -> Any:
    if not isinstance(own, dict) or not all(isinstance(table, dict) for table in own.values()):
        return own
    return own | {name: entity | own.get(name, {}) for name, entity in entities.items()}


def _connector_problems(file: File) -> Iterator[Problem]:
    sources, trackers = registry.sources(), registry.trackers()
    for name, line in file.sources.items():
        if line.use not in sources:
            yield ("sources", name, "use"), _unknown("source", line.use, sources)
        else:
            yield from _option_problems(("sources", name), sources[line.use].pull, line)
    for name, tracker in file.trackers.items():
        if tracker.use not in trackers:
            yield ("trackers", name, "use"), _unknown("tracker", tracker.use, trackers)
        else:
            yield from _option_problems(("trackers", name), trackers[tracker.use][0].__init__, tracker)


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    words = [f"there is no {kind} {name!r};", nearest(name, known, likeness=0.75)]  # gitlab is not github
    if kind == "source" and name.isidentifier():
        words.append(f"`soundings new-source {name}` begins one.")
    words.append(f"A {kind} is one file, here or in a package of its own (CONTRIBUTING.md)")
    words += [f"Not to be used: {what}: {why}." for what, why in registry.unusable().items()]
    return " ".join(words)


def _option_problems(table: tuple[str, str], function: Callable[..., Any], line: SourceLine | TrackerLine) -> Iterator[Problem]:
    options = options_of(function, skip=2)
    known = (*type(line).model_fields, *options.model_fields)
    try:
        options.model_validate(line.options)
    except ValidationError as error:
        for e in one_a_key(error.errors()):
            yield (*table, e["loc"][0]), advice(e, known)


def _report(path: Path, text: str, problems: Sequence[Problem]) -> str:
    placed = sorted((line_of(text, [str(key) for key in keys]), ".".join(map(_key, keys)), advice) for keys, advice in problems)
    return hidden("\n".join(f"{path}:{number}: {key}: {advice}" for number, key, advice in placed))


def _key(part: Any) -> str:
    """As TOML writes it; nothing in a name ends the line."""
    return str(part) if re.fullmatch(r"[\w-]+", str(part), re.ASCII) else json.dumps(part)
