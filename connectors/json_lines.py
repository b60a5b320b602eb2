"""JSON lines: one object a line in, its fields out."""

import json
from collections.abc import Callable
from typing import Any

from connectors.cells import LONGEST_LINE, Row, storable

_MOST_DIGITS = 40


def _checked(line: bytes) -> bytes:
    if len(line) > LONGEST_LINE:
        message = f"the line is longer than {LONGEST_LINE} bytes; leave out what is not a column"
        raise ValueError(message)
    return line


def _once(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        message = "a field is there twice; keep one"
        raise ValueError(message)
    return row


def _number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        message = f"a number of {len(text)} digits; write it as text"
        raise ValueError(message)
    return int(text)


def _no_number(text: str) -> Any:
    message = f"{text} is no number of JSON; write null"
    raise ValueError(message)


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_int=_number, parse_constant=_no_number).decode


def row_of_json(names_of: Callable[[str], tuple[str, ...]], line: bytes) -> Row:
    """The fields of a line by our names. Raises ValueError, TypeError or RecursionError with what to mend."""
    text = _checked(line).decode("utf-8-sig")
    row = _decode(text)
    if not isinstance(row, dict):
        message = f"{text.strip():.40} is no object; write one object a line"
        raise TypeError(message)
    if "\\u" in text:
        storable("".join(json.JSONEncoder(ensure_ascii=False).iterencode(row)).replace("\\u0000", "\0"))
    return _once([(ours, value) for name, value in row.items() for ours in names_of(name)])
