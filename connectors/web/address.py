"""URLs: built from quoted parts, held to one origin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit

from connectors.errors import Refused
from connectors.web.hosts import checked_address


def origin(url: str) -> str:
    """Scheme, host and port of a URL, in one spelling. Raises Refused when it has none, or carries a login."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if not parts.hostname or port is None or parts.username is not None:
        raise Refused("not an http(s) address of the form https://host[:port]/path, without a login in it")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def checked_base(url: str, *, plain_http: bool) -> str:
    """The base address itself. Raises Refused for one nobody may ask, and for http beyond this machine unless the connection says so."""
    parts = urlsplit(origin(checked_address(url)))
    if parts.scheme != "https" and not plain_http and not _is_this_machine(parts.hostname or ""):
        raise Refused('http would show the credential to the network: use https, or {"plain_http": true} in the extra of the connection')
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def joined(base: str, path: tuple[str, ...], params: Mapping[str, Any]) -> str:
    """`base` with each part of `path` quoted and the parameters added. Raises Refused for parts that would climb (`..`), are empty or no text."""
    if any(part in {"", ".", ".."} for part in path):
        message = f"a path cannot contain {next(part for part in path if part in {'', '.', '..'})!r}"
        raise Refused(message)
    parts = urlsplit(base)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *(pair for name, value in params.items() for pair in _pairs(name, value))]
    try:
        whole = "/".join([parts.path.rstrip("/") if path else parts.path, *(quote(part, safe="") for part in path)])
        return parts._replace(path=whole, query=urlencode(query, quote_via=quote), fragment="").geturl()
    except UnicodeEncodeError:
        raise Refused("an address cannot hold half a character (a lone surrogate)") from None


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [(name, _text(one)) for one in values if one is not None]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def resolved(url: str, link: str) -> str:
    """Where `link`, found in the answer from `url`, leads."""
    try:
        return urlsplit(urljoin(url, link))._replace(fragment="").geturl()
    except ValueError:
        raise Refused("leads to something that is no address") from None
