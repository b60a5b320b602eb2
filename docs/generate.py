"""Writes docs/tables.md, docs/dags.md and docs/configuration.md from the code they describe (`make docs`); a test keeps all of them current."""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402

from connectors import registry  # noqa: E402
from connectors.columns import columns  # noqa: E402
from pipeline import configuration, examples  # noqa: E402
from warehouse.describe import tables_markdown  # noqa: E402

NOTE = "<!-- written by `make docs` from the code; do not edit -->\n\n"
TABLES = {
    "organisation": configuration.Organisation,
    "warehouse": configuration.Warehouse,
    "sources.NAME": configuration.SourceLine,
    "services.NAME": configuration.ServiceTable,
    "teams.NAME": configuration.TeamTable,
    "people.NAME": configuration.PersonTable,
    "trackers.NAME": configuration.TrackerLine,
    "report": configuration.ReportTable,
    "policy": configuration.PolicyTable,
}


YOURS = """
# Tables you bring yourself

A `files` source reads a folder of CSV or JSON lines, named for the tables: `deploys.csv`, `pages-2025.csv.gz`, `shifts.jsonl`. Below are the
columns *you* fill, with one row as an example; columns that are not named here are kept beside the row. `service` is the service of soundings.toml,
or another tool's name of it (`scope` is the same). An id may be any text that stays the same for one record; a row with an id that is known is a
newer version of it (`changed_at_source` says how new, where rows come in any order). Times carry their zone (`2026-11-18 10:05 UTC`,
`2026-11-18T11:05:00+01:00`, `18.11.2026 11:05 Europe/Berlin`, seconds since 1970), or `timezone` of the source says which it is; 11/12/2026 and
CET mean two things and are refused. Lists are written `a;b`. What files call their columns is told once; a CSV file that has no such column may
have ours:

    [sources.exports]
    use = "files"
    path = "exports"
    timezone = "Europe/Berlin"
    columns = {native_id = "Incident ID", title = "Summary", declared_at = "Created"}
"""


def tables() -> str:
    """What the warehouse says of its tables, and what a person writes to fill them."""
    return tables_markdown() + YOURS + "".join(map(_yours, examples.ROWS))


def _yours(kind: str) -> str:
    every = [column for column in columns(kind) if column.name != "scope"]
    needed = [f"`{column.name}`" for column in every if column.is_required and not (kind == "commits" and column.name == "native_id")]
    rest = [f"`{column.name}`" for column in every if f"`{column.name}`" not in needed]
    service = "`service`, " if kind not in {"people", "commits", "pull_requests"} else ""
    return f"\n## {kind}.csv\n\nNeeded: {', '.join(needed)}. Also read: {service}{', '.join(rest)}.\n\n```csv\n{examples.table(kind)}```\n"


def dags() -> str:
    """Each DAG file's docstring: what its page in Airflow says."""
    found = sorted((ROOT / "dags").glob("*.py"))
    pages = {path.stem: ast.get_docstring(ast.parse(path.read_text())) or "" for path in found if "@dag" in path.read_text()}
    return NOTE + "# The DAGs\n" + "".join(f"\n## {name}\n\n{text}\n" for name, text in pages.items())


def configured() -> str:
    """Every table and key of soundings.toml with type, default and, for connectors, what their docstrings say."""
    parts = [
        NOTE,
        "# soundings.toml\n\nUnknown keys are errors. Relative paths start at the folder of the file. An example in full: `demo/soundings.toml`.\n",
    ]
    for name, model in TABLES.items():
        parts.append(f"\n## [{name}]\n\n{inspect.getdoc(model) or ''}\n\n" if name != "policy" else f"\n## [{name}]\n\n")
        parts.append("".join(_keys(model)))
    for heading, kinds in (
        ("source", {name: (entry.pull, entry.pull, 2) for name, entry in registry.sources().items()}),
        ("tracker", {name: (kind.__init__, kind, 2) for name, (kind, _) in registry.trackers().items()}),
    ):
        for name, (function, documented, skip) in sorted(kinds.items()):
            parts.append(f'\n## {heading} `use = "{name}"`\n\n{inspect.getdoc(documented)}\n\n')
            parts.append("".join(_keys(configuration.options_of(function, skip))))
    return "".join(parts)


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        default = "needed" if field.is_required() else f"default `{_shown(field.get_default(call_default_factory=True))}`"
        yield f"- `{name}` ({_type(field.annotation)}), {default}\n"


def _shown(value: Any) -> str:
    if isinstance(value, configuration.Hours):
        return f'"{value.starts:%H:%M}-{value.ends:%H:%M}"'
    if isinstance(value, dict) and len(value) > 6:
        return "the vendors' usual words"
    return str(list(value) if isinstance(value, tuple) else value)


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), [a for a in get_args(annotation) if a not in (type(None), Ellipsis)]
    if origin in (tuple, list) or (origin and getattr(origin, "__name__", "") == "Sequence"):
        return f"list of {_type(inner[0])}" if inner else "list"
    if origin is UnionType or str(origin) == "typing.Union":
        return " or ".join(_type(part) for part in inner)
    if getattr(origin, "__name__", "") == "Mapping":
        return f"table of {_type(inner[1])}"
    if str(origin) == "typing.Literal":
        return " or ".join(f'"{value}"' for value in inner)
    if getattr(annotation, "__metadata__", None):
        return _type(annotation.__origin__)
    return {"str": "text", "int": "number", "float": "number", "bool": "true or false"}.get(
        getattr(annotation, "__name__", ""), getattr(annotation, "__name__", str(annotation))
    )


PAGES = {"tables.md": tables, "dags.md": dags, "configuration.md": configured}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (DOCS / page).write_text(text(), encoding="utf-8")
