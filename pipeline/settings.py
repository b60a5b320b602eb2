"""soundings.toml, read and checked as a whole before anything runs; every error names the file, the line and the fix."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.errors import Refused
from pipeline.backstage import with_backstage
from pipeline.confidential import hidden, secret_problems
from pipeline.configuration import File, SourceLine, TrackerLine
from pipeline.connections import connection_problems
from pipeline.naming import name_problems, unwritable_problems
from pipeline.options import connector_problems
from pipeline.references import Problem, reference_problems
from pipeline.sound_part import sound_part
from pipeline.toml_lines import lines_of
from transforms.estate import Estate, Service, Team
from transforms.policy import Policy
from warehouse.database import address

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
        """The path, from the folder of soundings.toml where it is relative. Refused where it begins with the home of nobody."""
        try:
            return self.path.parent / Path(path).expanduser()
        except RuntimeError:
            message = f"{path}: whose home that is nobody knows here; write the whole path"
        raise Refused(message)

    @property
    def warehouse_url(self) -> str:
        """The database."""
        return self.database(self.file.warehouse.url)

    def database(self, url: str) -> str:
        """The URL, whose SQLite file lies beside soundings.toml unless its path is absolute. ValueError where it leads to no database."""
        parts = address(url)
        return f"sqlite:///{self.beside(str(parts.database))}" if parts.drivername == "sqlite" else url

    def options(self, line: SourceLine | TrackerLine) -> dict[str, Any]:
        """A connector's options, its `path` and `cache` made whole, its own defaults too."""
        defaults = {name: parameter.default for name, parameter in signature(_connector(line)).parameters.items() if name in _PLACES}
        return line.options | {name: self._whole(line.options.get(name, default)) for name, default in defaults.items()}

    def _whole(self, place: Any) -> Any:
        if isinstance(place, list):
            return [self._whole(one) for one in place]
        return str(self.beside(place)) if isinstance(place, str) and "://" not in place else place


def _connector(line: SourceLine | TrackerLine) -> Callable[..., Any]:
    return registry.sources()[line.use].pull if isinstance(line, SourceLine) else registry.trackers()[line.use][0]


def load(path: Path) -> Settings:
    """The settings in that file. Raises Unusable with everything that is wrong in it.

    A line whose connector cannot be used is kept: whoever asks for it is told (`connectors.registry.Known`), and the rest goes on.
    """
    return _loaded(path, is_checked=False)


def check(path: Path) -> Settings:
    """The same, where these are wrong, too: a connector that cannot be used, a connection without an address, a password in the warehouse's.

    The rest works, or they may before they are needed, so that nothing else stops for them.
    """
    return _loaded(path, is_checked=True)


def _loaded(path: Path, *, is_checked: bool) -> Settings:
    text = _text(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path}:{_broken_line(text, str(error))}: this is no TOML: {error}; see https://toml.io for how to write it") from None
    tables, catalogues = with_backstage(tables, path.parent)
    file, wrong, unknown = sound_part(tables)
    secrets = dict(secret_problems(tables))
    unfit = [*wrong, *connector_problems(file, is_missing_wrong=is_checked)]
    problems = [*catalogues, *((keys, words) for keys, words in unfit if keys not in secrets)]
    problems += [*name_problems(tables), *unwritable_problems(tables), *secrets.items(), *(connection_problems(file) if is_checked else ())]
    problems += reference_problems(file, unknown | {keys for keys, _ in catalogues})
    if problems:
        raise Unusable(_report(path, text, problems))
    return Settings(path.resolve(), file)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = f"{path}: there is no such file; `soundings init` writes one, or name yours with --config"
    except OSError as error:
        message = f"{path}: it cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        message = f"{path}: it cannot be read as UTF-8 text: {error}"
    raise Unusable(message)


def _broken_line(text: str, error: str) -> int:
    found = re.search(r"at line (\d+)", error)
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _report(path: Path, text: str, problems: Sequence[Problem]) -> str:
    line_of = lines_of(text)
    placed = sorted((line_of([str(key) for key in keys]), ".".join(map(_key, keys)), advice) for keys, advice in problems)
    return hidden("\n".join(f"{path}:{number}: {key}: {advice}" for number, key, advice in placed))


def _key(part: Any) -> str:
    """As TOML writes it; nothing in a name ends the line."""
    return str(part) if re.fullmatch(r"[\w-]+", str(part), re.ASCII) else json.dumps(part, ensure_ascii=not str(part).isprintable())
