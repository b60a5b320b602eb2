"""What a GraphQL answer really says: errors come with status 200."""

import re
from typing import Any

from connectors.errors import Busy, Garbled, Refused, TooHeavy

_REFUSALS = {"NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403}
_LIMITS = frozenset({"RATE_LIMITED", "RATELIMITED", "RATE_LIMIT"})
_HEAVY = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT", "QUERY_TIMEOUT"})
_HEAVY_WORDS = re.compile(r"something went wrong while executing|timed? ?-?out|resource limits?\b", re.IGNORECASE)


def data(body: Any, wait: float | None) -> dict[str, Any]:
    """`data` of an answer without errors.

    Raises Busy (with `wait`) for a limit, Refused (404, 403) for what may not be seen, TooHeavy for what took too long, Garbled for the rest,
    partial data too.
    """
    errors = body.get("errors") if isinstance(body, dict) else ["no object"]
    if errors:
        raise _trouble(errors if isinstance(errors, list) else [errors], at_all=isinstance(body, dict) and _holds(body.get("data")), wait=wait)
    found = body.get("data")
    if not isinstance(found, dict):
        raise Garbled("the GraphQL answer holds neither data nor errors")
    return found


def parts(body: Any, wait: float | None) -> tuple[dict[str, Any], dict[str, Refused]]:
    """The parts of a question that were answered, and the refusal of each other one, by their names in it. Raises like `data` for anything else."""
    errors = body.get("errors") if isinstance(body, dict) else None
    found = body.get("data") if isinstance(body, dict) else None
    if not (isinstance(errors, list) and errors and isinstance(found, dict) and all(map(_part, errors))):
        return data(body, wait), {}
    refusals = {_part(error): Refused(_message([error]), status=_REFUSALS[_code(error)]) for error in reversed(errors)}
    return {name: part for name, part in found.items() if name not in refusals}, refusals


def _part(error: Any) -> str:
    """The part of the question that an error refuses; nothing where it is no refusal of one."""
    match error:
        case {"path": [str(name), *_]} if _code(error) in _REFUSALS:
            return name
    return ""


def _trouble(errors: list[Any], *, at_all: bool, wait: float | None) -> Exception:
    codes, message = {_code(error) for error in errors}, _message(errors)
    if codes & _LIMITS:
        return Busy(message, wait_seconds=wait)
    if codes <= _REFUSALS.keys():
        return Refused(message, status=_REFUSALS[min(codes)])
    # Beside data, the same words tell of a time-out only where they name the place in the question that was not answered.
    is_slow = _HEAVY_WORDS.search(message) and (not at_all or all(isinstance(error, dict) and "path" in error for error in errors))
    return TooHeavy(message) if codes & _HEAVY or is_slow else Garbled(message)


def _holds(found: Any) -> bool:
    """Whether there is anything in `data`."""
    return any(part is not None for part in found.values()) if isinstance(found, dict) else found is not None


def _message(errors: list[Any]) -> str:
    found = (str(error["message"]) for error in errors if isinstance(error, dict) and "message" in error)
    message = next(found, "an error without a message")
    return "".join(letter if letter.isprintable() else " " for letter in message)[:200]


def _code(error: Any) -> str:
    if not isinstance(error, dict):
        return ""
    extensions = error.get("extensions")
    return str(error.get("type") or (extensions.get("code") if isinstance(extensions, dict) else ""))
