"""Why a record could not be read, as a sentence: which field, what stood there, what to do.

A mapping says nothing about what it was doing when it failed. It is run once more over a record that notes each field it looks at: the last one
that fits the error is the one it stumbled over. So no connector has to name its fields twice, and none of Python's words reaches a person.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

UNREADABLE = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError)
REMEDY = "Correct it at the source; where the vendor writes it otherwise now, the connector has to learn that."

_ABSENT = object()
_TYPE = re.compile(r"""(?:['"]|^)(\w+)(?:['"]| indices)""")  # how Python names the type it met
_BUILT_IN = re.compile(r"invalid literal|could not convert|(not enough|too many) values|Invalid iso|substring not|m(ax|in)\(\)|\S+ codec")
_Look = tuple[str, Any]


class _Fields(dict[str, Any]):
    """An object of JSON that notes what is looked at in it."""

    def __init__(self, held: dict[str, Any], place: str, looks: list[_Look]) -> None:
        super().__init__(held)
        self._place, self._looks = place, looks

    def _noted(self, name: str, found: Any) -> Any:
        place = f"{self._place}.{name}" if self._place else str(name)
        watched = _watched(found, place, self._looks)
        self._looks.append((place, watched))
        return watched

    def __getitem__(self, name: str) -> Any:
        found = self._noted(name, super().get(name, _ABSENT))
        if found is _ABSENT:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        return self._noted(name, super().get(name, default))

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


class _Items(list[Any]):
    """A list of JSON that notes what is looked at in it."""

    def __init__(self, held: list[Any], place: str, looks: list[_Look]) -> None:
        super().__init__(held)
        self._place, self._looks = place, looks

    def _noted(self, number: int, found: Any) -> Any:
        place = f"{self._place}[{number}]"
        watched = _watched(found, place, self._looks)
        self._looks.append((place, watched))
        return watched

    def __getitem__(self, number: Any) -> Any:
        found = super().__getitem__(number)
        return found if isinstance(number, slice) else self._noted(number, found)

    def __iter__(self) -> Iterator[Any]:
        return (self._noted(number, found) for number, found in enumerate(super().__iter__()))


def _watched(found: Any, place: str, looks: list[_Look]) -> Any:
    if type(found) is dict:
        return _Fields(found, place, looks)
    return _Items(found, place, looks) if type(found) is list else found


def places_of(error: Exception, mapping: Callable[..., object], item: Any, context: Iterable[Any]) -> list[str]:
    """The fields of the record that an error is about which `mapping(item, *context)` met and did not raise."""
    looks, _ = _looked(mapping, item, context)
    return list(dict.fromkeys(place for place, found in looks if _is_about(error, found)))


def _looked(mapping: Callable[..., object], item: Any, context: Iterable[Any]) -> tuple[list[_Look], Exception | None]:
    """What a mapping looks at, in order, and what it raises."""
    looks: list[_Look] = []
    watched = _watched(item, "", looks)
    looks.append(("the record", watched))
    try:
        mapping(watched, *(_watched(one, "", looks) if _is_theirs(one) else one for one in context))
    except UNREADABLE as error:
        return looks, error
    return looks, None


def reason(error: Exception, mapping: Callable[..., object], item: Any, context: Iterable[Any]) -> str:
    """The sentence for an error that `mapping(item, *context)` raised. A mapping without side effects is asked for."""
    looks, again = _looked(mapping, item, context)
    error = again or error
    if isinstance(error, RecursionError):
        return f"it is nested too deep to be read. {REMEDY}"
    place, found = next((look for look in reversed(looks) if _is_about(error, look[1])), (None, None))
    if isinstance(error, ValueError) and not _BUILT_IN.match(str(error)):
        return f"{place}: {error}" if place else str(error)
    if place is None:
        return f"it cannot be read beyond {looks[-1][0]}. {REMEDY}"
    if found is _ABSENT:
        return f"{place} is missing. {REMEDY}"
    if isinstance(error, KeyError) and error.args == (found,):
        return f"{place} is {_shown(found)}, a word that is not known here. {REMEDY}"
    return f"{place} is {_shown(found)}, which is not of the form that is read here. {REMEDY}"


def _is_theirs(given: Any) -> bool:
    """Whether what a mapping is given beside the record holds records, too."""
    return isinstance(given, dict) and all(isinstance(held, dict) for held in given.values())


def _is_about(error: Exception, found: Any) -> bool:
    """Whether the error can be about what stood in a field."""
    if isinstance(error, KeyError):
        return found is _ABSENT or error.args == (found,)
    if isinstance(error, AttributeError):
        return found is error.obj
    if isinstance(error, OverflowError):
        return isinstance(found, int | float)
    if isinstance(error, ValueError):
        return isinstance(found, str) and f"{found!r:.80}" in str(error)
    named = set(_TYPE.findall(str(error).replace("string indices", "str indices")))
    named = named - {"str"} or named  # of two that do not go together, the one that is no text
    return not named.isdisjoint(kind.__name__ for kind in type(found).__mro__)


def _shown(found: Any) -> str:
    """What stood there; of what holds more than one value only its form, for it may hold anything."""
    if found is None:
        return "empty"
    if isinstance(found, dict):
        return "an object"
    return "a list" if isinstance(found, list) else f"{found!r:.80}"
