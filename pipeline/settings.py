"""soundings.toml, read and checked as a whole before anything runs; every error names the file, the line and the fix."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors import registry
from pipeline.backstage import catalogue
from pipeline.configuration import File, SourceLine, TrackerLine, options_of
from transforms.estate import Estate, Service, Team
from transforms.policy import Policy

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
        """A connector's options, its `path` made whole."""
        options = line.options
        if isinstance(path := options.get("path"), str) and "://" not in path:
            options["path"] = str(self.beside(path))
        return options


def load(path: Path) -> Settings:
    """The settings in that file. Raises Unusable with everything that is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path}: {error}"
        raise Unusable(message) from None
    try:
        file = File.model_validate(_with_backstage(tables, path.parent))
    except ValidationError as error:
        problems = [(tuple(e["loc"]), _advice(e)) for e in error.errors()]
        raise Unusable(_report(path, text, problems)) from None
    except (OSError, ValueError) as error:
        raise Unusable(_report(path, text, [(("backstage",), str(error))])) from None
    if problems := [*_connector_problems(file), *_reference_problems(file)]:
        raise Unusable(_report(path, text, problems))
    return Settings(path.resolve(), file)


def _with_backstage(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What soundings.toml says wins over what Backstage says, key by key."""
    found = catalogue(sorted(match for pattern in tables.get("backstage", ()) for match in folder.glob(pattern)))
    merged = {kind: {name: entity | tables.get(kind, {}).get(name, {}) for name, entity in found[kind].items()} for kind in found}
    return tables | {kind: tables.get(kind, {}) | entities for kind, entities in merged.items() if entities}


def _advice(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such key; see docs/configuration.md for those there are, or remove the line"
    return f"{error['msg'].removeprefix('Value error, ')} (found {error['input']!r})" if error["type"] != "missing" else "this key is needed; add it"


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


def _reference_problems(file: File) -> Iterator[Problem]:
    for name, service in file.services.items():
        if service.team and service.team not in file.teams:
            yield (
                ("services", name, "team"),
                f"there is no [teams.{service.team}]; add it, or name one of {', '.join(sorted(file.teams)) or 'none yet'}",
            )
    for name, tracker in file.trackers.items():
        for team in sorted(set(tracker.teams) - set(file.teams)):
            yield ("trackers", name, "teams"), f"there is no [teams.{team}]; add it or take it out"
    for kind in ("deploys", "pages"):
        owners: dict[str, str] = {}
        for name, service in file.services.items():
            for vendor_name in getattr(service, kind):
                if (other := owners.setdefault(vendor_name, name)) != name:
                    yield ("services", name, kind), f"{vendor_name!r} already means the service {other!r}; a name can mean one service only"


def _report(path: Path, text: str, problems: Sequence[Problem]) -> str:
    lines = []
    for keys, advice in problems:
        number = line_of(text, [str(key) for key in keys])
        lines.append(f"{path}:{number}: {'.'.join(map(str, keys))}: {advice}")
    return "\n".join(lines)


_HEADER = re.compile(r"^\s*\[\[?([^\]]+)\]")
_KEY = re.compile(r"""^\s*("[^"]+"|'[^']+'|[\w.-]+)\s*=""")


def line_of(text: str, keys: Sequence[str]) -> int:
    """The number of the line where this key, or the nearest table around it, stands; 1 where nothing of it does."""
    best, depth, table = 1, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = here = _parts(header[1])
        elif key := _KEY.match(line):
            here = [*table, *_parts(key[1])]
        else:
            continue
        if len(here) > depth and list(keys[: len(here)]) == here:
            best, depth = number, len(here)
    return best


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"""\s*(?:"[^"]*"|'[^']*'|[^."']+)""", dotted)]
