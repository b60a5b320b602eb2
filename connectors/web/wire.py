"""Sockets with a total deadline, and addresses nobody may reach. Underneath requests, for `connectors.http` alone.

A read timeout of a library is one per read: an answer that drips never ends. Here each read gets only what is left of the whole, in seconds
and in bytes: what surrounds a body (interim answers, trailers, bytes after a packed end) may be endless, too.
Addresses are checked before anything is sent to them, and again on the connected socket: a name that resolves differently a moment later gains
nothing.
"""

import http.client
import io
import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.errors import Garbled, Refused
from connectors.web.hosts import is_forbidden

# At DEBUG urllib3 writes every URL, and a private calendar's URL is its key.
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: record.levelno > logging.DEBUG)


class _Exchange(threading.local):
    ends_at = math.inf
    bytes_left = math.inf
    may_be_private = False


_exchange = _Exchange()


@contextmanager
def exchange(seconds: float, cap: float, *, may_be_private: bool) -> Iterator[None]:
    """Every read of this thread inside the block shares `seconds` and `cap` bytes; loopback and private addresses are open or not."""
    _exchange.ends_at, _exchange.bytes_left, _exchange.may_be_private = time.monotonic() + seconds, cap, may_be_private
    try:
        yield
    finally:
        _exchange.ends_at, _exchange.bytes_left, _exchange.may_be_private = math.inf, math.inf, False


def _check(address: str) -> None:
    if is_forbidden(address, may_be_private=_exchange.may_be_private):
        raise Refused("leads to an address inside this network, or one nobody may ask")


def _allowed(host: str, port: int, connected: Callable[[], socket.socket]) -> socket.socket:
    """A connection to a host whose every address is allowed; the one it came to in the end is looked at again."""
    with suppress(socket.gaierror, UnicodeError):  # told by whoever connects
        for *_, found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            _check(str(found[0]))
    sock = connected()
    try:
        _check(sock.getpeername()[0])
    except Refused:
        sock.close()
        raise
    return sock


class _Timed(io.RawIOBase):
    """A socket's bytes until the exchange is over."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _exchange.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this request is over")
        self._sock.settimeout(None if left == math.inf else left)
        count: int | None = self._raw.readinto(buffer)
        _exchange.bytes_left -= count or 0
        if _exchange.bytes_left < 0:
            raise Garbled("answered with more around its content than content is allowed")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock), 65_536)


class _Plain(HTTPConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _allowed(self.host, self.port, super()._new_conn)


class _Secure(HTTPSConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _allowed(self.host, self.port, super()._new_conn)


class PlainPool(HTTPConnectionPool):
    """Connections over TCP."""

    ConnectionCls = _Plain


class SecurePool(HTTPSConnectionPool):
    """Connections over TLS."""

    ConnectionCls = _Secure
