"""Services and teams out of Backstage `catalog-info.yaml` files, in the form of soundings.toml's own tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Tables = dict[str, dict[str, dict[str, Any]]]


def catalogue(paths: list[Path]) -> Tables:
    """{"services": …, "teams": …} for every Component and Group. A file that is no catalogue raises ValueError with its name."""
    tables: Tables = {"services": {}, "teams": {}}
    for path in paths:
        try:
            entities = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        except yaml.YAMLError as error:
            message = f"{path} is no YAML: {error}"
            raise ValueError(message) from None
        for entity in entities:
            if entity is not None:
                _add(tables, path, entity)
    return tables


def _add(tables: Tables, path: Path, entity: Any) -> None:
    metadata = entity.get("metadata") if isinstance(entity, Mapping) else None
    if not isinstance(metadata, Mapping) or "name" not in metadata or "kind" not in entity:
        message = f"{path} is no Backstage catalogue: an entity needs `kind` and `metadata.name`"
        raise ValueError(message)
    spec, notes = entity.get("spec") or {}, metadata.get("annotations") or {}
    if entity["kind"] == "Component":
        named = {
            "team": _name(spec.get("owner")),
            "repositories": [notes[key] for key in ("github.com/project-slug", "gitlab.com/project-slug") if key in notes],
            "pages": [notes[key] for key in ("pagerduty.com/service-id",) if key in notes],
            "deploys": [notes[key] for key in ("argocd/app-name",) if key in notes],
        }
        tables["services"][str(metadata["name"])] = {key: value for key, value in named.items() if value}
    elif entity["kind"] == "Group":
        tables["teams"][str(metadata["name"])] = {"members": [_name(member) for member in spec.get("members") or ()]}


def _name(reference: object) -> str:
    """The name in a reference such as `group:default/checkout`."""
    return str(reference or "").rpartition(":")[2].rpartition("/")[2]
