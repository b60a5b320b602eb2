"""A made-up vendor in a process of its own, so that a benchmark measures the client: `Apart(make, latency)` serves the app that `make` gives there.

One thread, no pause but the latency: with bytes made before it answers some thousand pages a second.
"""

import asyncio
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Self

from demo.vendors.server import App, Request

Log = list[tuple[float, Request]]


class _Client(asyncio.Protocol):
    """One connection: whole requests in, answers out after the latency."""

    def __init__(self, app: App, latency: float, log: Log) -> None:
        self._app, self._latency, self._log = app, latency, log
        self._held = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, rest = self._held.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        if not end or len(rest) < length:
            return
        self._held = rest[length:]
        method, target, _ = first.split(" ")
        request = Request(method, target, headers, rest[:length])
        self._log.append((time.monotonic(), request))
        response = self._app(request)
        body = response.content()
        asyncio.get_running_loop().call_later(self._latency, self._transport.write, response.head(len(body)) + body)


def _serve(make: Callable[[], App], latency: float, pipe: Connection) -> None:
    async def main() -> None:
        log: Log = []
        app, loop = make(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Client(app, latency, log), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(log)
            log.clear()

    asyncio.run(main())


class Apart:
    """The running vendor; its `url`."""

    def __init__(self, make: Callable[[], App], latency: float = 0.0) -> None:
        """`make` runs in the new process and gives what answers."""
        self._pipe, theirs = get_context("fork").Pipe()
        self._process = get_context("fork").Process(target=_serve, args=(make, latency, theirs), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}"

    def log(self) -> Log:
        """Every request since the last time, with the monotonic seconds at which it came."""
        self._pipe.send("log")
        log: Log = self._pipe.recv()
        return log

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._pipe.send("")
        self._process.join()
