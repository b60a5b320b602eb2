"""Whom to speak to, and how: the two arguments of `connectors.http.connect`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Connection:
    """What an Airflow connection holds: where, and the secret, which is never printed.

    `plain_http` allows http beyond this machine; `ca_bundle` is the file of a certificate authority of one's own.
    """

    base_url: str | None = field(default=None, repr=False)
    login: str | None = None
    secret: str | None = field(default=None, repr=False)
    plain_http: bool = False
    ca_bundle: str | None = None


def _never(*_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How one vendor's API wants to be spoken to.

    `auth` gives the headers that carry the credential. `wait` reads seconds from the vendor's own reset header (see `connectors.web.waiting`);
    `limited(status, headers, body)` tells a limit that is not a 429 from a refusal; `error_in(json)` finds an error inside a 200.
    `remedy(headers, reason)` says what a person can do about a refusal, where the vendor's headers or words tell more than the status.
    `surplus(headers)` names scopes of the credential that go beyond reading, where the vendor's answers tell them.
    `graphql_base` gives the address GraphQL is under from the address REST is under, where they differ.
    """

    name: str
    base_url: str | None
    auth: Callable[[Connection], Mapping[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    requests_per_minute: int = 900
    wait: Callable[[Mapping[str, str]], float | None] = _never
    limited: Callable[[int, Mapping[str, str], str], bool | None] = _never
    error_in: Callable[[Any], str | None] = _never
    remedy: Callable[[Mapping[str, str], str], str | None] = _never
    surplus: Callable[[Mapping[str, str]], str | None] = _never
    graphql_base: Callable[[str], str] = str
