"""soundings.toml, read and checked as a whole before anything runs; every error names the file, the line and the fix."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from glob import glob
from inspect import signature
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors import registry
from pipeline.backstage import catalogue
from pipeline.configuration import File, SourceLine, TrackerLine, options_of
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
                    zone=table.zone,
                    starts=table.hours.starts,
                    ends=table.hours.ends,
                    workdays=tuple(_DAYS.index(day) for day in table.workdays),
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
    teams = tables.get("teams")
    problems += [*_connector_problems(file), *_reference_problems(file, teams if isinstance(teams, dict) else {})]
    if problems:
        raise Unusable(_report(path, text, problems))
    return Settings(path.resolve(), file)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path}: there is no such file; write one (docs/configuration.md), or name yours with --config"
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: it cannot be read as UTF-8 text: {error}"
    raise Unusable(message)


def _broken_line(text: str, error: str) -> int:
    found = re.search(r"at line (\d+)", error)
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _file(tables: dict[str, Any]) -> tuple[File, list["Problem"]]:
    """What of the tables is sound, and what is wrong with the rest, so that one look shows everything."""
    try:
        return File.model_validate(tables), []
    except ValidationError as error:
        problems: list[Problem] = [(tuple(e["loc"]), _advice(e)) for e in error.errors()]
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


# What pydantic says to Python programmers, for people who write TOML.
_WORDS = {
    "tuple_type": 'a list is needed here, such as ["one", "two"]',
    "string_type": 'a text in quotes is needed here, such as "name"',
    "bool_type": "true or false is needed here, without quotes",
    "bool_parsing": "true or false is needed here, without quotes",
    "model_type": "a table is needed here",
    "dict_type": "a table is needed here",
    "extra_forbidden": "there is no such key; see docs/configuration.md for those there are, or remove the line",
    "missing": "this key is needed; add it",
}


def _advice(error: Any) -> str:
    words = _WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return words if error["type"] in {"extra_forbidden", "missing"} else f"{words} (found {error['input']!r})"


Problem = tuple[tuple[Any, ...], str]


def _connector_problems(file: File) -> Iterator[Problem]:
    sources, trackers = registry.sources(), registry.trackers()
    for name, line in file.sources.items():
        if line.use not in sources:
            yield ("sources", name, "use"), f"there is no source {line.use!r}; there are {', '.join(sorted(sources))}"
        else:
            yield from _option_problems(("sources", name), sources[line.use].pull, 2, line.options)
    for name, tracker in file.trackers.items():
        if tracker.use not in trackers:
            yield ("trackers", name, "use"), f"there is no tracker {tracker.use!r}; there are {', '.join(sorted(trackers))}"
        else:
            yield from _option_problems(("trackers", name), trackers[tracker.use][0].__init__, 2, tracker.options)


def _option_problems(table: tuple[str, str], function: Callable[..., Any], skip: int, options: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        options_of(function, skip).model_validate(options)
    except ValidationError as error:
        for e in error.errors():
            yield (*table, *e["loc"]), _advice(e)


def _reference_problems(file: File, teams: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that lead nowhere, or to two places. `teams` are all that are written down, sound or not."""
    for name, service in file.services.items():
        if service.team and service.team not in teams:
            known = ", ".join(sorted(teams)) or "none yet"
            yield ("services", name, "team"), f"there is no [teams.{service.team}]; add it, or name one of those there are: {known}"
    for name, tracker in file.trackers.items():
        for team in sorted(set(tracker.teams) - set(teams)):
            yield ("trackers", name, "teams"), f"there is no [teams.{team}]; add it or take it out"
    for kind in ("deploys", "pages"):
        owners: dict[str, str] = {}
        for name, service in file.services.items():
            for vendor_name in getattr(service, kind):
                if (other := owners.setdefault(vendor_name.casefold(), name)) != name:
                    yield ("services", name, kind), f"{vendor_name!r} already means the service {other!r}; a name can mean one service only"


def _report(path: Path, text: str, problems: Sequence[Problem]) -> str:
    placed = sorted((line_of(text, [str(key) for key in keys]), ".".join(map(str, keys)), advice) for keys, advice in problems)
    return "\n".join(f"{path}:{number}: {key}: {advice}" for number, key, advice in placed)
