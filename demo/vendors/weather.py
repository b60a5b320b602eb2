"""Bad weather for `demo.vendors.server`: what a vendor or the network between does to one request."""

import gzip
import time
from typing import Any

from demo.vendors.server import Exchange, Fault, Response


def answer(status: int, *, json: Any = None, body: bytes | str | None = None, **headers: str) -> Fault:
    """Give this answer instead of the app's; `retry_after="3"` becomes the header `retry-after: 3`."""
    response = Response(status, json=json, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return lambda exchange: exchange.reply(response)


def drop(exchange: Exchange) -> None:
    """The connection is reset before the app sees the request."""
    exchange.reset()


def lose(exchange: Exchange) -> None:
    """The app does its work, and the answer is lost on the way."""
    exchange.app(exchange.request)
    exchange.reset()


def cut(at: int = 10) -> Fault:
    """The app's answer ends after `at` bytes of its body, short of the length it announced."""

    def fault(exchange: Exchange) -> None:
        response = exchange.app(exchange.request)
        body = response.content()
        exchange.send(response.head(len(body)) + body[:at])
        exchange.is_open = False

    return fault


def cut_chunk(exchange: Exchange) -> None:
    """A chunked answer that ends without its last chunk."""
    response = exchange.app(exchange.request)
    body = response.content()
    head = Response(response.status, body=b"", headers={**response.headers, "Transfer-Encoding": "chunked"}).head(0)
    exchange.send(head + f"{len(body):x}\r\n".encode() + body[: len(body) // 2])
    exchange.is_open = False


def stall(seconds: float) -> Fault:
    """Nothing at all for this long, then the end."""

    def fault(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.reset()

    return fault


def silence(exchange: Exchange) -> None:
    """Nothing at all, for as long as the client waits."""
    exchange.connection.recv(1)
    exchange.is_open = False


def late(seconds: float) -> Fault:
    """The right answer, this much later."""

    def fault(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.reply(exchange.app(exchange.request))

    return fault


def drip(seconds: float, *, head_too: bool = False) -> Fault:
    """The right answer, a byte every so often, so that no single read ever waits long."""

    def fault(exchange: Exchange) -> None:
        response = exchange.app(exchange.request)
        body = response.content()
        head = response.head(len(body))
        at_once = 0 if head_too else len(head)
        exchange.send(head[:at_once])
        for byte in (head + body)[at_once:]:
            exchange.send(bytes([byte]))
            time.sleep(seconds)

    return fault


class Endless:
    """`head` once, then `piece` again and again until the client hangs up, 5 GB at most. `sent` counts the bytes that were taken."""

    def __init__(self, head: bytes, piece: bytes, most: int = 5_000_000_000) -> None:
        """Take the first bytes on the wire, status line and all, and what follows them."""
        self.head, self.piece, self.most, self.sent = head, piece, most, 0

    def __call__(self, exchange: Exchange) -> None:
        """Send until nobody listens."""
        exchange.is_open = False
        exchange.send(self.head)
        while self.sent < self.most:
            exchange.send(self.piece)
            self.sent += len(self.piece)


def fair(exchange: Exchange) -> None:
    """No fault: what the app says, so that a later request meets the fault behind it."""
    exchange.reply(exchange.app(exchange.request))


def redirect(to: str, status: int = 302) -> Fault:
    """Go and ask there."""
    return answer(status, body="", location=to)


def bomb(size: int) -> Fault:
    """A few kilobytes that unpack to `size` bytes of JSON text."""
    packed = gzip.compress(b'"' + b"0" * size + b'"')
    return answer(200, body=packed, content_encoding="gzip", content_type="application/json")
