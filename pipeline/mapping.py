"""Which service a record belongs to, as [services] of soundings.toml says."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from pipeline.configuration import ServiceTable
from signals.record import Record

Services = Mapping[str, ServiceTable]


def service_of(services: Services) -> Callable[[Record], str | None]:
    """A look-up from a record to its service; the vendor's own name (`scope`) where nothing maps it.

    A name counts for a service if it is the service's own or stands in its `repositories`, `deploys` or `pages`, compared
    without case. `paths` divide a repository: a glob or a folder, `repository:folder` for one repository only; the service most
    of the paths belong to has the record, and a service without paths for that repository has what is left.
    """
    in_code = _by_name(services, lambda table: (*table.repositories, *(path.rpartition(":")[0] for path in table.paths if ":" in path)))
    deployed = _by_name(services, lambda table: (*table.deploys, *table.repositories))
    paged = _by_name(services, lambda table: (*table.pages, *table.deploys))

    def look_up(record: Record) -> str | None:
        if record.scope is None:
            return getattr(record, "repo", None)
        names = {"repositories": in_code, "deploys": deployed}.get(record.about.named_in or "", paged)
        scope = record.scope.casefold()
        globs = {name: _globs(services[name].paths, scope) for name in names.get(scope, ())}
        if not any(globs.values()) or (len(globs) == 1 and not record.files):
            return next(iter(globs), record.scope)
        return _by_path(record.files, globs) or record.scope

    return look_up


def _globs(paths: tuple[str, ...], scope: str) -> tuple[str, ...]:
    qualified = (path.rpartition(":") for path in paths)
    return tuple(glob for repository, _, glob in qualified if repository.casefold() in {"", scope})


def _by_name(services: Services, named: Callable[[ServiceTable], tuple[str, ...]]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for service, table in services.items():
        for name in dict.fromkeys((service.casefold(), *(n.casefold() for n in named(table)))):
            names.setdefault(name, []).append(service)
    return names


def _by_path(paths: tuple[str, ...], patterns: Mapping[str, tuple[str, ...]]) -> str | None:
    matches = {name: sum(any(_matches(path, glob) for glob in globs) for path in paths) for name, globs in patterns.items()}
    best = max(matches, key=lambda name: (matches[name], -list(matches).index(name)))
    if matches[best]:
        return best
    return next((name for name, globs in patterns.items() if not globs), None)


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or path.startswith(pattern.rstrip("/") + "/")
