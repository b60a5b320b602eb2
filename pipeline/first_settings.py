"""`soundings init`: looks at what is there, asks what it cannot see, and writes a commented soundings.toml with example tables beside it."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.errors import Busy, Refused
from connectors.files import NAME
from connectors.git.first_patterns import origin, suggested
from connectors.times import zones
from pipeline import examples
from pipeline.first_columns import suggestion
from pipeline.naming import name_problems
from pipeline.settings import Unusable, load
from pipeline.toml_lines import printable, quoted

EXAMPLES = "examples"
_DEEP = 3  # folders below the first one that are looked into
_LEFT_OUT = {"node_modules", "vendor", "venv", "site-packages", EXAMPLES, "report", "prompts"}
_LONGEST = 200  # letters of a name
_REMOTE = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")

Ask = Callable[[str, str], str]  # (question, what is taken without an answer) -> answer


@dataclass(frozen=True)
class Found:
    """What the first settings are made of. Paths are as soundings.toml will name them: from its own folder where they lie in it."""

    repositories: Sequence[Path] = ()
    calendars: Sequence[Path] = ()
    tables: Sequence[Path] = ()
    connections: Mapping[str, str] = field(default_factory=dict)  # source -> conn_id
    team: str = "our-team"
    zone: str = "UTC"


def look(folder: Path) -> Found:
    """What lies in a folder and a few below it, and which connections of the environment have a vendor's name."""
    repositories, calendars, tables = list[Path](), list[Path](), list[Path]()
    for place in _folders(folder, _DEEP) if folder.is_dir() else ():
        if is_repository(place):
            repositories.append(place)
        files = [path for path in sorted(place.iterdir()) if path.is_file()]
        calendars += [path for path in files if path.suffix == ".ics"]
        if any(NAME.fullmatch(path.name) for path in files):
            tables.append(place)
    ids = [name.removeprefix("AIRFLOW_CONN_").lower() for name in sorted(os.environ) if name.startswith("AIRFLOW_CONN_")]
    known = {use: conn_id for use, source in registry.sources().items() if source.vendor for conn_id in ids if use in conn_id}
    return Found(repositories, calendars, tables, known, zone=_zone_of_this_machine())


def _folders(folder: Path, deep: int) -> Iterator[Path]:
    """The folder and those below it; what lies inside a repository belongs to that."""
    yield folder
    if deep and not is_repository(folder):
        below = (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink())
        for path in below:
            if not path.name.startswith(".") and path.name not in _LEFT_OUT and os.access(path, os.R_OK | os.X_OK):
                yield from _folders(path, deep - 1)


def is_repository(place: Path) -> bool:
    """Whether git would read there: a clone, a worktree, or a bare repository."""
    is_bare = (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
    return is_bare or (place / ".git").exists()


def _zone_of_this_machine() -> str:
    named = os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return named if named in zones() and named != "Etc/UTC" else "UTC"


def given(found: Found, **named: Any) -> Found:
    """The same with what a person named (None or empty: did not) instead of what was found; paths from where they are."""
    told: dict[str, Any] = {name: [path.resolve() for path in value] if isinstance(value, list) else value for name, value in named.items() if value}
    return replace(found, **told)


def asked(found: Found, ask: Ask, tell: Callable[[str], object], folder: Path) -> Found:
    """The same after a person has been asked about each part of it; where an answer cannot be, they are told why and asked for it again."""

    def answer(part: str, question: str, known: str, read: Callable[[str], Any] = str) -> Any:
        while trouble := next(_troubles(folder, part, value := read(ask(question, known))), None):
            tell(trouble)
        return value

    def listed(part: str, what: str) -> Sequence[Path]:
        known = ", ".join(map(str, getattr(found, part))) or "-"
        return list(answer(part, f"{what} (paths with a comma between them, - for none)", known, _paths))

    return replace(
        found,
        repositories=listed("repositories", "Git repositories"),
        calendars=listed("calendars", "Calendars of who is on call"),
        tables=listed("tables", "Folders with CSV or JSON lines of your own"),
        team=answer("team", "Your team", found.team),
        zone=answer("zone", "Its time zone", found.zone),
    )


def _paths(told: str) -> list[Path]:
    return [Path(os.path.expanduser(part.strip())) for part in told.split(",") if part.strip() not in {"", "-"}]  # noqa: PTH111 - or as it is


def check_absent(config: Path) -> None:
    """Raise Unusable where one is there."""
    if config.exists():
        message = f"{config} is there already and stays as it is: name another with --config, or move it away first"
        raise Unusable(message)


def begin(config: Path, found: Found) -> Iterator[str]:
    """Write soundings.toml and the example tables; what was written, line by line. Raises Unusable where one is there, or something named is not."""
    folder = config.resolve().parent
    check_absent(config)
    for part in ("team", "zone", *_PLACES):
        for trouble in _troubles(folder, part, getattr(found, part)):
            raise Unusable(trouble)
    config.parent.mkdir(parents=True, exist_ok=True)
    _write(config, "".join(_settings(folder, found)))
    load(config)
    yield f"wrote {config}"
    for kind in examples.ROWS:
        path = config.parent / EXAMPLES / f"{kind}.csv"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            _write(path, examples.table(kind))
    yield f"wrote {config.parent / EXAMPLES}: one row of each table you may bring yourself; nothing reads them there"


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:  # never over what somebody else put there meanwhile
            file.write(text)
    except FileExistsError:
        raise
    except OSError as error:
        path.unlink(missing_ok=True)  # half of it
        message = f"{path} cannot be written: {error.strerror}"
        raise Unusable(message) from None


def _troubles(folder: Path, part: str, value: Any) -> Iterator[str]:
    """What is wrong with one part of what was found, named or answered, and what to do."""
    if part == "team":
        yield from (message for _, message in name_problems({"teams": {value: {}}}))
    elif part == "zone" and value not in zones():
        yield f'{value!r} is no zone of the IANA database; write one such as "Europe/Paris"'
    elif part in _PLACES:
        kind, is_right = _PLACES[part]
        for path in value:
            if not is_right(folder / path):
                yield f"{path} is no {kind}: correct the path, or leave it out"
            elif any("\ud800" <= letter <= "\udfff" for letter in str(path)):
                yield f"{str(path)!r} has letters that are no UTF-8 and cannot be written into soundings.toml: rename it, or leave it out"


_PLACES: Mapping[str, tuple[str, Callable[[Path], bool]]] = {
    "repositories": ("git repository", is_repository),
    "calendars": ("calendar file (.ics) or folder of them", Path.exists),
    "tables": ("folder of CSV or JSON lines", Path.is_dir),
}


def _settings(folder: Path, found: Found) -> Iterator[str]:
    yield "# What Soundings reads, and whose it is. docs/configuration.md has every key; `soundings check-config` says what is wrong.\n"
    yield f"\n[organisation]\nzone = {quoted(found.zone)} # when a week begins\n"
    yield '\n[warehouse]\nurl = "sqlite:///soundings.db" # a team: "postgresql+psycopg://…"\n'
    names = _names(folder, found.repositories)
    for name, path in names.items():
        yield f'\n[sources.{_key("git", name)}]\nuse = "git"\nschedule = "@daily"\npath = {_place(folder, path)}\nrepo = {quoted(name)}\n'
        yield from _patterns(folder / path)
    for name, path in _names(folder, found.calendars).items():
        yield f'\n[sources.{_key("rota", name)}]\nuse = "ical"\nschedule = "@daily"\npath = {_place(folder, path)}\n'
        yield f"schedule_name = {quoted(name)}\nzone = {quoted(found.zone)} # of whole days and times without a zone\n"
    for name, path in _names(folder, found.tables).items():
        yield f'\n[sources.{_key("tables", name)}]\nuse = "files"\nschedule = "@hourly"\npath = {_place(folder, path)}\n'
        yield f"timezone = {quoted(found.zone)} # of times without a zone\n"
        yield from suggestion(folder / path)
    if not found.tables:
        yield f'\n# Tables of your own: see {EXAMPLES}/ and docs/tables.md.\n# [sources.tables]\n# use = "files"\n# path = "tables"\n'
    yield from _vendors(folder, found)
    for name in names:
        yield f"\n[services.{quoted(name)}]\nteam = {quoted(found.team)}\nrepositories = [{quoted(name)}]\n"
        yield '# deploys = ["…"] # what deploys, pages and the like call it, where that is another name\n'
    rotas = ", ".join(map(quoted, _names(folder, found.calendars)))
    yield f"\n[teams.{quoted(found.team)}]\nzone = {quoted(found.zone)}\nrotations = [{rotas}]\n"
    yield 'hours = "09:00-17:00" # tickets open in these hours only\n'
    yield "\n# Where questions go. In dry run, as a new tracker is, nothing is opened: `soundings prompts --dry-run` shows what would be.\n"
    yield '[trackers.folder]\nuse = "folder"\npath = "prompts"\n# dry_run = false\n'


def _patterns(path: Path) -> Iterator[str]:
    """The line that says which files are configuration, by what they are called."""
    said = "none was guessed by name"
    try:
        if found := suggested(str(path)):
            yield "# Files whose keys are configuration, guessed by their names: each change of a value becomes a row.\n"
            yield f"config = [{', '.join(map(quoted, found))}]\n"
            return
    except (Refused, Busy) as trouble:
        said = f"its files could not be looked at: {' '.join(str(trouble).split())}"
    yield f'# config = ["config/**/*.yaml"] # files whose keys are configuration; {printable(said)}\n'


def _vendors(folder: Path, found: Found) -> Iterator[str]:
    """A table for each vendor a connection is there for; as comments where something only a person knows is needed."""
    for use, conn_id in found.connections.items():
        lines = [f"[sources.{use}]", f'use = "{use}"', f"conn_id = {quoted(conn_id)}"]
        if use == "github" and (remotes := _remotes(folder, found.repositories)):
            lines += ["commits = false # the git sources read them, with their files", f"repositories = [{', '.join(map(quoted, remotes))}]"]
        elif use != "pagerduty":
            lines = [f"# {line}" for line in [*lines, "… # docs/configuration.md says what else it needs"]]
        yield "\n" + "".join(f"{line}\n" for line in lines)


def _remotes(folder: Path, repositories: Sequence[Path]) -> list[str]:
    """owner/name at GitHub, where a repository was cloned from there."""
    found: set[str] = set()
    for path in repositories:
        with suppress(Refused, Busy):  # it has said why where its files were looked at
            found |= {match[1] for match in [_REMOTE.search(origin(str(folder / path)) or "")] if match}
    return sorted(found)


def _names(folder: Path, paths: Sequence[Path]) -> dict[str, Path]:
    """Each by the last part of its path, as a name can be, with a number where another is called so, too."""
    names: dict[str, Path] = {}
    for path in paths:
        stem = printable(re.sub(r"\.(git|ics)$", "", (folder / path).resolve().name))[:_LONGEST].strip() or "root"
        numbered = (stem, *(f"{stem}-{number}" for number in range(2, len(paths) + 2)))
        names[next(name for name in numbered if _key("", name) not in {_key("", known) for known in names})] = path
    return names


def _key(kind: str, name: str) -> str:
    return f"{kind}_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_') or 'one'}"


def _place(folder: Path, path: Path) -> str:
    whole = (folder / path).resolve()
    return quoted(str(whole.relative_to(folder)) if whole.is_relative_to(folder) else str(whole))
