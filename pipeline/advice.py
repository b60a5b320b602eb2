"""What pydantic says to Python programmers, in the words of people who write TOML: what is wrong and what to write instead."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel

_WORDS = {
    "tuple_type": 'a list is needed here, such as ["one", "two"]',
    "sequence_str": 'a list is needed here, such as ["one", "two"]',
    "is_instance_of": 'a list is needed here, such as ["one", "two"]',
    "string_type": 'a text in quotes is needed here, such as "name"',
    "bool_type": "true or false is needed here, without quotes",
    "int_type": "a whole number is needed here, without quotes",
    "int_from_float": "a whole number is needed here",
    "float_type": "a number is needed here, without quotes",
    "finite_number": "a finite number is needed here",
    "datetime_type": "a time without quotes is needed here, such as 2026-08-01T00:00:00Z",
    "greater_than_equal": "{ge:.10g} or more is needed here",
    "less_than_equal": "{le:.10g} or less is needed here",
    "path_type": 'a text in quotes is needed here, such as "report"',
    "string_pattern_mismatch": "a text that matches {pattern} is needed here",
    "literal_error": "one of {expected} is needed here",
    "model_type": "a table is needed here",
    "dict_type": "a table is needed here",
    "mapping_type": "a table is needed here",
    "missing": "this key is needed; add it",
}
_LISTS = frozenset({"tuple_type", "sequence_str", "is_instance_of"})
_PASSWORD = re.compile(r"//[^@/\s]*@")
_SHOWN = 100  # letters of a value that does not fit


def advice(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """One of pydantic's errors, as a sentence. `known` are the keys its table may have."""
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"there is no such key; {nearest(str(error['loc'][-1]), known)} Else remove the line"
    if kind in {"missing", "value_error"}:
        return _WORDS.get(kind, str(error["msg"])).removeprefix("Value error, ")
    if kind in _LISTS and isinstance(found, str):
        return f'a list is needed here; write ["{found}"]'
    words = _WORDS[kind].format_map(error.get("ctx", {})) if kind in _WORDS else error["msg"]
    shown = found.isoformat() if isinstance(found, date | time) else repr(found)
    return f"{words} (found {_PASSWORD.sub('//…@', shown):.{_SHOWN}})"


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The one that was probably meant, else all there are."""
    names = sorted(known)
    found = get_close_matches(name, names, n=1, cutoff=likeness)
    return f"did you mean `{found[0]}`?" if found else f"there are {', '.join(names)}."


def keys_beside(file: type[BaseModel], place: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that may stand where the last key of that place does; `file` is the whole of soundings.toml."""
    kind: Any = file.model_fields[place[0]].annotation if len(place) > 1 else file
    table = get_args(kind)[1] if get_origin(kind) is dict else kind
    return tuple(getattr(table, "model_fields", ()))
