"""Services and teams out of Backstage `catalog-info.yaml` files, in the form of soundings.toml's own tables."""

from pathlib import Path
from typing import Any

import yaml


def catalogue(paths: list[Path]) -> dict[str, dict[str, Any]]:
    """{"services": …, "teams": …} for every Component and Group. A file that is no catalogue raises ValueError with its name."""
    tables: dict[str, dict[str, Any]] = {"services": {}, "teams": {}}
    for path in paths:
        for entity in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if not isinstance(entity, dict) or "kind" not in entity or "name" not in entity.get("metadata", {}):
                message = f"{path} is no Backstage catalogue: an entity needs `kind` and `metadata.name`"
                raise ValueError(message)
            _add(tables, entity)
    return tables


def _add(tables: dict[str, dict[str, Any]], entity: dict[str, Any]) -> None:
    metadata, spec = entity["metadata"], entity.get("spec") or {}
    notes = metadata.get("annotations") or {}
    if entity["kind"] == "Component":
        named = {
            "team": str(spec.get("owner", "")).removeprefix("group:").removeprefix("default/") or None,
            "repositories": [notes[key] for key in ("github.com/project-slug", "gitlab.com/project-slug") if key in notes],
            "pages": [notes[key] for key in ("pagerduty.com/service-id",) if key in notes],
            "deploys": [notes[key] for key in ("argocd/app-name",) if key in notes],
        }
        tables["services"][metadata["name"]] = {key: value for key, value in named.items() if value}
    elif entity["kind"] == "Group":
        tables["teams"][metadata["name"]] = {"members": [str(member).split("/")[-1] for member in spec.get("members") or ()]}
