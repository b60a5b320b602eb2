"""The one HTTP client, safe by construction. The only file that imports requests.

`connect(VENDOR, connection)` gives an `Api`. Every request has a total deadline, a budget a minute shared by all threads, a byte cap, and goes to
one origin only; what only reads is tried again where that can help (`connectors.web.attempts`). Errors: `connectors.errors`, without any secret.
"""

import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from connectors.errors import Busy, Garbled, Refused, TooHeavy
from connectors.web.address import checked_base, origin
from connectors.web.api import Api
from connectors.web.attempts import Answer, Attempts, Call
from connectors.web.hosts import checked_address
from connectors.web.payload import content
from connectors.web.redaction import redact, secrets_of
from connectors.web.vendor import Connection, Vendor
from connectors.web.waiting import budget
from connectors.web.wire import PlainPool, SecurePool, exchange

__all__ = ["Api", "Connection", "Vendor", "checked_address", "connect", "without_secrets"]

_POOL = 16
_HEADER_BYTES = 65_536
_CONNECT_SECONDS = 10.0
_CERTIFICATE = (
    "See who shows the certificate and until when it holds (`openssl s_client -connect HOST:443`); one of your own authority is trusted by "
    '{"ca_bundle": "/path/to/it.pem"} in the extra of the connection.'
)


class _Adapter(HTTPAdapter):
    """At most so many connections, of our kind."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


class _Session(requests.Session):
    """requests without its own ideas: no proxy or .netrc from the environment, no cookies, no redirects, no retries."""

    may_be_private = False

    def __init__(self, headers: Mapping[str, str], seconds: float, cap: int) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update({**headers, "Accept-Encoding": "gzip"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._seconds, self._cap = seconds, cap
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(pool_connections=1, pool_maxsize=_POOL, pool_block=True, max_retries=0))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even when told not to follow, requests would read the whole body of a redirect and prepare the next request."""

    def answer(self, call: Call, url: str) -> Answer:
        """One request, one whole answer. Raises Busy where none came."""
        try:
            # Twice the cap leaves room for chunk sizes and headers: a body that is too large is told by `content`.
            with exchange(self._seconds, 2 * self._cap + 2 * _HEADER_BYTES, may_be_private=self.may_be_private):
                return self._read(call, url)
        except (OSError, urllib3.exceptions.HTTPError, HTTPException) as error:
            trouble = _trouble(error)
        except ValueError as error:  # a chunk of less than no bytes
            trouble = Busy(f"got no complete answer: it is not HTTP ({type(error).__name__})")
        raise trouble

    def _read(self, call: Call, url: str) -> Answer:
        request = self.prepare_request(requests.Request(call.method, url, headers=dict(call.headers), data=call.body))
        timeout = (min(self._seconds, _CONNECT_SECONDS), self._seconds)
        with self.send(request, stream=True, allow_redirects=False, timeout=timeout) as response:
            if sum(len(name) + len(value) for name, value in response.headers.items()) > _HEADER_BYTES:
                raise Garbled("answered with more headers than anybody needs")
            chunks = response.raw.stream(65_536, decode_content=False)
            body = content(chunks, response.headers.get("Content-Encoding", "").strip().lower(), self._cap)
            return Answer(response.status_code, response.headers, body)


def _trouble(error: Exception) -> Busy | Refused:
    """What happened, in words of ours: the library's own text holds URLs and headers."""
    name = type(error).__name__
    if isinstance(error, ValueError):
        return Refused(f"is not an address that can be asked ({name})")
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Refused("got no TLS connection: the certificate of the host is not valid, or not known here", remedy=_CERTIFICATE)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError) and not isinstance(error, requests.ConnectTimeout):
        return TooHeavy(f"got no complete answer in time ({name})")
    return Busy(f"got no complete answer: the connection could not be made or broke ({name})")


def connect(
    vendor: Vendor,
    connection: Connection,
    *,
    base_url: str | None = None,
    etags: MutableMapping[str, str] | None = None,
    requests_per_minute: int | None = None,
    max_pages: int = 2_000,
    max_bytes: int = 50_000_000,
    deadline: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Api:
    """The API at `base_url`, else at the connection's address, else at the vendor's own; no request yet.

    `etags`: what `Api.changed` compares with and adds to. `deadline`: seconds for one request from start to last byte. Raises Refused for an
    address or credential nothing can be sent with.
    """
    configured = base_url or connection.base_url
    base = configured or vendor.base_url
    if not base:
        message = f"{vendor.name}: no address; set the host of the connection"
        raise Refused(message)
    base = checked_base(base, plain_http=connection.plain_http)
    credentials = dict(vendor.auth(connection))
    if not all(value.isascii() and value.isprintable() for value in credentials.values()):
        message = f"{vendor.name}: the credential holds a line break or another character no header can carry; set it again"
        raise Refused(message)
    session = _Session({"Accept": "application/json", "User-Agent": "soundings", **vendor.headers, **credentials}, deadline, max_bytes)
    session.may_be_private = configured is not None
    session.verify = connection.ca_bundle or True
    attempts = Attempts(
        vendor=vendor,
        origin=origin(base),
        send=session.answer,
        secrets=secrets_of(connection.login, connection.secret, base, credentials.values()),
        budget=budget(origin(base), requests_per_minute or vendor.requests_per_minute),
        sleep=sleep,
        clock=clock,
    )
    return Api(attempts, base, max_pages=max_pages, etags=etags)


def without_secrets(text: str, connections: Iterable[Connection]) -> str:
    """The text without any form of what these connections keep secret."""
    return redact(text, (secret for held in connections for secret in secrets_of(held.login, held.secret, held.base_url or "", ())))
