"""Services and teams out of Backstage `catalog-info.yaml` files, in the form of soundings.toml's own tables."""

from collections.abc import Mapping
from glob import glob
from pathlib import Path
from typing import Any

import yaml

from pipeline.references import Problem

Tables = dict[str, dict[str, dict[str, Any]]]


def with_backstage(tables: dict[str, Any], folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """What soundings.toml says wins over what Backstage says, key by key. Beside it every pattern and file that gives nothing, with advice."""
    patterns, problems = tables.get("backstage", ()), list[Problem]()
    found: Tables = {"services": {}, "teams": {}}
    for pattern in (one for one in map(str, patterns if isinstance(patterns, list) else ()) if "\0" not in one):
        paths = sorted(folder / name for name in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - takes absolute patterns, too
        if not paths:
            problems.append((("backstage",), f"{pattern!r} matches no file in {folder}; correct the pattern or take it out"))
        for path in paths:
            try:
                _add_all(found, path)
            except (OSError, TypeError, ValueError) as error:
                problems.append((("backstage",), str(error)))
    return tables | {kind: _over(entities, tables.get(kind, {})) for kind, entities in found.items()}, problems


def _over(entities: Mapping[str, dict[str, Any]], own: Any) -> Any:
    if not isinstance(own, dict) or not all(isinstance(table, dict) for table in own.values()):
        return own
    return own | {name: entity | own.get(name, {}) for name, entity in entities.items()}


def _add_all(tables: Tables, path: Path) -> None:
    """Every Component and Group of a file. One that is no catalogue raises ValueError or TypeError with its name."""
    try:
        entities = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise ValueError(message) from None
    for entity in entities:
        if entity is not None:
            _add(tables, path, entity)


def _add(tables: Tables, path: Path, entity: Any) -> None:
    metadata = entity.get("metadata") if isinstance(entity, Mapping) else None
    if not isinstance(metadata, Mapping) or "name" not in metadata or "kind" not in entity:
        message = f"{path} is no Backstage catalogue: an entity needs `kind` and `metadata.name`"
        raise ValueError(message)
    spec, notes, name = entity.get("spec") or {}, metadata.get("annotations") or {}, str(metadata["name"])
    members = spec.get("members") or [] if isinstance(spec, Mapping) else None
    if not isinstance(members, list) or not isinstance(notes, Mapping):
        message = f"{path}: of {name!r}, `spec` and `metadata.annotations` must be tables and `spec.members` a list; correct it there"
        raise TypeError(message)
    if entity["kind"] == "Component":
        named = {
            "team": _name(spec.get("owner")),
            "repositories": [str(notes[key]) for key in ("github.com/project-slug", "gitlab.com/project-slug") if key in notes],
            "pages": [str(notes[key]) for key in ("pagerduty.com/service-id",) if key in notes],
            "deploys": [str(notes[key]) for key in ("argocd/app-name",) if key in notes],
        }
        tables["services"][name] = {key: value for key, value in named.items() if value}
    elif entity["kind"] == "Group":
        tables["teams"][name] = {"members": [_name(member) for member in members]}


def _name(reference: object) -> str:
    """The name in a reference such as `group:default/checkout`."""
    return str(reference or "").rpartition(":")[2].rpartition("/")[2]
