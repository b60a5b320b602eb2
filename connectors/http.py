"""The one HTTP client, safe by construction. The only file that imports requests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Connection:
    """What an Airflow connection holds: where, and the secret. Nothing of it is printed."""

    base_url: str | None = None
    login: str | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How one vendor's API wants to be spoken to."""

    name: str
    base_url: str | None
    auth: Callable[[Connection], Mapping[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    requests_per_minute: int = 900


class Api:
    """One vendor's API for one connection."""

    degraded: dict[str, str]

    def get(self, *path: str, **params: Any) -> Any: ...
    def pages(self, *path: str, **params: Any) -> Iterator[Any]: ...
    def post(self, *path: str, json: Any) -> Any: ...
    def scope(self, name: str) -> AbstractContextManager[None]: ...
