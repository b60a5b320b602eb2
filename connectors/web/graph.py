"""What a GraphQL answer really says: errors come with status 200."""

from typing import Any

from connectors.errors import Busy, Garbled, Refused

_REFUSALS = {"NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403}
_LIMITS = frozenset({"RATE_LIMITED", "RATELIMITED", "RATE_LIMIT"})


def data(body: Any, wait: float | None) -> dict[str, Any]:
    """`data` of an answer without errors.

    Raises Busy (with `wait`) for a limit, Refused (404, 403) for what may not be seen, Garbled for the rest, partial data too.
    """
    errors = body.get("errors") if isinstance(body, dict) else ["no object"]
    if errors:
        raise _trouble(errors if isinstance(errors, list) else [errors], wait)
    found = body.get("data")
    if not isinstance(found, dict):
        raise Garbled("the GraphQL answer holds neither data nor errors")
    return found


def _trouble(errors: list[Any], wait: float | None) -> Exception:
    codes = {_code(error) for error in errors}
    message = next((str(error["message"])[:200] for error in errors if isinstance(error, dict) and "message" in error), "an error without a message")
    if codes & _LIMITS:
        return Busy(message, wait_seconds=wait)
    if codes <= _REFUSALS.keys():
        return Refused(message, status=_REFUSALS[min(codes)])
    return Garbled(message)


def _code(error: Any) -> str:
    if not isinstance(error, dict):
        return ""
    extensions = error.get("extensions")
    return str(error.get("type") or (extensions.get("code") if isinstance(extensions, dict) else ""))
