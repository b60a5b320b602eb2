"""Names in soundings.toml that cannot be carried where they go: ids in Airflow, names of files, one line of a table."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.references import Problem

LONGEST = 245  # Airflow's ids have 250 characters, and the DAG of a source is called pull_NAME
# Airflow takes these letters for an id (airflow.utils.helpers.validate_key); a name that begins with a dot or a dash is an option or a hidden file.
_ID = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.-]{{0,{LONGEST - 1}}}")
_IDS = ("sources", "trackers", "teams")
_WORDS = ("services", "people")
# What `run --json` says beside its sources, and whose name answers to tickets are landed under.
_TAKEN = frozenset({"derive", "prompt", "report", "failed", "look", "prompts"})


def name_problems(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Key and advice for each. Two names that differ in large and small letters alone are one to people, to some file systems and databases."""
    for kind in (*_IDS, *_WORDS):
        table = tables.get(kind)
        seen: dict[str, str] = {}
        for name in table if isinstance(table, dict) else ():
            if trouble := _trouble(name) if kind in _IDS else _trouble_with_words(name):
                yield (kind, name), f"{_shown(name)} cannot be a name here: {trouble}"
            if kind == "sources" and name.casefold() in _TAKEN:
                yield (kind, name), f"{_shown(name)} cannot be the name of a source: a run tells something else there; write {name}_source"
            if (other := seen.setdefault(name.casefold(), name)) != name:
                yield (kind, name), f"{_shown(name)} and {_shown(other)} differ in large and small letters alone: give one of them another name"


def unwritable_problems(held: Any, *place: Any) -> Iterator[Problem]:
    """Key and advice for each text that no path, address or database can have."""
    if isinstance(held, str) and "\0" in held:
        yield place, "there is a NUL character in it, which no path, address or database has: take it out"
    for key, value in held.items() if isinstance(held, Mapping) else enumerate(held) if isinstance(held, list) else ():
        yield from unwritable_problems(value, *place, key)


def _trouble(name: str) -> str | None:
    if _ID.fullmatch(name):
        return None
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, and Airflow takes {LONGEST}"
    return "Airflow and files take letters from a to z, digits, `_`, `-` and `.`, the first a letter, a digit or `_`"


def _trouble_with_words(name: str) -> str | None:
    if not name.strip() or name != name.strip() or not name.isprintable():
        return "write it on one line, without blanks at its ends"
    return f"it has {len(name)} characters; {LONGEST} are enough" if len(name) > LONGEST else None


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:60]}…")
