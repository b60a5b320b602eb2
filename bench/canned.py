"""Made-up vendors that answer at once from bytes made before, each in a process of its own, so that a benchmark measures the client.

`canned(answer, latency)` gives a `Canned` with its `url`; `answer(method, target, body)` gives the JSON and extra header lines. `.log()` tells when
each request came (monotonic seconds, its target).
"""

import asyncio
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Self

# method, target, body -> the JSON as bytes, and more header lines as bytes, each ended by CRLF
Respond = Callable[[str, str, bytes], tuple[bytes, bytes]]
Log = list[tuple[float, str]]


class _Client(asyncio.Protocol):
    """One connection: whole requests in, answers out after the latency."""

    def __init__(self, respond: Respond, latency: float, log: Log) -> None:
        self._respond, self._latency, self._log = respond, latency, log
        self._held = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, rest = self._held.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0)
        if not end or len(rest) < length:
            return
        self._held = rest[length:]
        method, target, _ = lines[0].decode().split(" ")
        self._log.append((time.monotonic(), target))
        body, headers = self._respond(method, target, rest[:length])
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body)
        asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)


def _serve(make: Callable[[], Respond], latency: float, pipe: Connection) -> None:
    async def main() -> None:
        log: Log = []
        loop = asyncio.get_running_loop()
        respond = make()
        server = await loop.create_server(lambda: _Client(respond, latency, log), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(log)

    asyncio.run(main())


class Canned:
    """The running vendor."""

    def __init__(self, make: Callable[[], Respond], latency: float = 0.0) -> None:
        """`make` runs in the new process and gives what answers."""
        self._pipe, theirs = get_context("fork").Pipe()
        self._process = get_context("fork").Process(target=_serve, args=(make, latency, theirs), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}"

    def log(self) -> Log:
        """Every request so far."""
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
