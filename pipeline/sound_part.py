"""What of soundings.toml is sound, and what is wrong with the rest: one bad key costs itself alone, so that one look shows everything."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.advice import advice, keys_beside
from pipeline.configuration import File
from pipeline.references import Place, Problem


def sound_part(tables: Mapping[str, Any]) -> tuple[File, list[Problem], AbstractSet[Place]]:
    """The file without what is wrong in it, key and advice for each mistake, and every place that was left out for it."""
    errors = _errors(File, tables)
    problems = [(place, advice(error, keys_beside(File, place))) for place, error in errors.items()]
    left_out: set[Place] = set()
    while errors:
        left_out |= (unsound := {place[:-1] if error["type"] == "missing" else place for place, error in errors.items()})
        tables = _without(tables, unsound)
        errors = _errors(File, tables)
    return File.model_validate(tables), problems, left_out


def option_problems(options: type[BaseModel], given: Mapping[str, Any], known: Iterable[str]) -> Iterator[Problem]:
    """Key and advice for each mistake among the options of a connector; `known` are the keys there may be."""
    for place, error in _errors(options, given).items():
        yield place, advice(error, known)


def _errors(table: type[BaseModel], given: Mapping[str, Any]) -> dict[Place, Any]:
    """Each error by where in `given` it is.

    Where a value may be of several types pydantic says one error for each; the innermost is about what was meant.
    """
    try:
        table.model_validate(given)
    except ValidationError as error:
        found: dict[Place, Any] = {}
        for one in error.errors():
            found.setdefault(_place(given, one), one)
        around = {place[:depth] for place in found for depth in range(len(place))}
        return {place: one for place, one in found.items() if place not in around}
    return {}


def _place(given: Any, error: Any) -> Place:
    """The keys that lead there. Pydantic puts the names of types between them."""
    place, held = [], given
    for part in error["loc"]:
        try:
            held = held[part]
        except (KeyError, IndexError, TypeError):
            continue
        place.append(part)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else tuple(place)


def _without(held: Any, places: AbstractSet[Place]) -> Any:
    """The same without what is at these places."""
    if not places:
        return held
    within: dict[Any, set[Place]] = {}
    for place in places:
        within.setdefault(place[0], set()).add(place[1:])
    parts = held.items() if isinstance(held, Mapping) else enumerate(held)
    kept = [(part, _without(value, inner)) for part, value in parts if () not in (inner := within.get(part, set()))]
    return dict(kept) if isinstance(held, Mapping) else [value for _, value in kept]
