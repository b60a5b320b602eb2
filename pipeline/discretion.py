"""Secrets in the words of people do not land: a title, a message, a path, a vendor's raw form with `***` for each of a known form.

Here and nowhere else, so that it holds for every source, and for all that is told from the warehouse.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from connectors.secret_forms import MASK, is_secret_field, masked, suspects

Yielded = TypeVar("Yielded")
TOGETHER = 500  # records are looked at together: most have no secret in any of them
WORDS = ("title", "body", "branch", "paths", "url", "learning", "reason", "raw", "target", "old_value", "new_value")


def discreet(records: Iterable[Yielded]) -> Iterator[Yielded]:
    """The same records without secrets of a known form in what people or machines said."""
    pulled = iter(records)
    while some := list(islice(pulled, TOGETHER)):
        for place in suspects(list(map(_told, some))):
            some[place] = _masked_record(some[place])
        yield from some


@cache
def _words_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(kind) if field.name in WORDS]
    return attrgetter(*names, *names[:1]) if names else lambda _: ()  # of one name alone it gives no tuple


def _told(record: Any) -> str:
    words = _words_of(record.__class__)(record)
    return "\n".join([said if type(said) is str else _below(said) for said in words if said])


def _below(said: Any) -> str:
    """All that stands below, a line each; of a field that is called a secret `password=x`, whatever its value begins with."""
    if isinstance(said, dict):
        return "\n".join([_field(str(name), below) for name, below in said.items() if below])
    return "\n".join([below if type(below) is str else _below(below) for below in said if below]) if isinstance(said, list | tuple) else ""


def _field(name: str, below: Any) -> str:
    if type(below) is str:
        return f"{name}=x" if is_secret_field(name) else below
    return _below(below)


def _masked_record(record: Any) -> Any:
    said = {name: getattr(record, name, None) for name in WORDS}
    changes = {name: shown for name, words in said.items() if words and (shown := masked_throughout(words)) != words}
    return replace(record, **changes) if changes else record


def masked_throughout(said: Any) -> Any:
    """The same with MASK for every secret of a known form in its texts, and for a text that is called one."""
    if isinstance(said, str):
        return masked(said)
    if isinstance(said, dict):
        return {name: MASK if isinstance(below, str) and is_secret_field(str(name)) else masked_throughout(below) for name, below in said.items()}
    return type(said)(map(masked_throughout, said)) if isinstance(said, list | tuple) else said
