"""A TCP proxy between client and server in which one connection in a few has a fault. A fault is what becomes of the bytes of one direction."""

import asyncio
import gzip
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager, suppress
from random import Random
from typing import Any
from urllib.parse import urlsplit

from demo.vendors.server import Response

Chunks = AsyncIterator[bytes]
Fault = Callable[[Chunks, Random], Chunks]

_BOMB = gzip.compress(b'"' + b"0" * 60_000_000 + b'"', 1)  # more than the client unpacks
_BOMB_HEAD = Response(body=b"", headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}).head(len(_BOMB))


async def clear(chunks: Chunks, _random: Random) -> Chunks:
    """Everything, as it comes."""
    async for chunk in chunks:
        yield chunk


async def latency(chunks: Chunks, random: Random) -> Chunks:
    """Everything, some milliseconds later."""
    async for chunk in chunks:
        await asyncio.sleep(random.random() * 0.05)
        yield chunk


async def slicer(chunks: Chunks, random: Random) -> Chunks:
    """Everything, in small pieces."""
    async for chunk in chunks:
        while chunk:
            size = random.randint(1, 40)
            yield chunk[:size]
            chunk = chunk[size:]  # noqa: PLW2901 - what is left of it
            await asyncio.sleep(0)


async def drip(chunks: Chunks, _random: Random) -> Chunks:
    """Byte by byte, too slow for the deadline; then the end."""
    async for chunk in chunks:
        for byte in chunk[:150]:
            yield bytes([byte])
            await asyncio.sleep(0.01)
        return


async def limit(chunks: Chunks, random: Random) -> Chunks:
    """The end, after so many bytes."""
    left = random.randint(1, 2000)
    async for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


async def truncate(chunks: Chunks, random: Random) -> Chunks:
    """The last bytes of an answer never come."""
    async for chunk in chunks:
        yield chunk[: -random.randint(1, 10)]
        return


async def reset(chunks: Chunks, random: Random) -> Chunks:
    """Some bytes, then the connection is reset."""
    async for chunk in chunks:
        yield chunk[: random.randint(0, len(chunk))]
        raise ConnectionResetError


async def down(chunks: Chunks, _random: Random) -> Chunks:
    """Nobody there: reset before the server hears anything."""
    async for _ in chunks:
        raise ConnectionResetError
    yield b""


async def bomb(chunks: Chunks, _random: Random) -> Chunks:
    """A few kilobytes that unpack to far too much."""
    async for _ in chunks:
        yield _BOMB_HEAD + _BOMB
        return


async def late_commit(chunks: Chunks, _random: Random) -> Chunks:
    """A ticket's request stays on its way until the client has gone, and then arrives."""
    held: list[bytes] = []
    async for chunk in chunks:
        if held or (chunk.startswith(b"POST") and b"/issues " in chunk.split(b"\r\n")[0]):
            held.append(chunk)
        else:
            yield chunk
    for chunk in held:
        yield chunk


ASKING: tuple[Fault, ...] = (down, late_commit, late_commit, late_commit)
ANSWERING: tuple[Fault, ...] = (latency, slicer, limit, truncate, reset, drip, bomb)


class Proxy:
    """One address in front of a server. `share`: of the connections that have a fault. `met`: how often each fault was there."""

    def __init__(self, upstream: str, random: Random, share: float = 0.25) -> None:
        """Not started yet."""
        self.upstream, self.random, self.share = urlsplit(upstream), random, share
        self.met: Counter[str] = Counter()
        self.url, self.loop = "", asyncio.new_event_loop()
        self._open: set[Any] = set()  # asyncio itself holds its tasks only weakly

    def wait_idle(self) -> None:
        """Return when every connection has ended and everything on its way has arrived."""
        ends_at = time.monotonic() + 30
        asyncio.run_coroutine_threadsafe(_taken_up(), self.loop).result()
        while self._open and time.monotonic() < ends_at:
            time.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        this = asyncio.current_task()
        self._open.add(this)
        try:
            await self._passed_on(reader, writer)
        except ConnectionError:
            with suppress(OSError):  # the client may be gone as well
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            writer.close()
            self._open.discard(this)

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self.random.choice((*ASKING, *ANSWERING)) if self.random.random() < self.share else clear
        self.met[fault.__name__] += 1
        seed = Random(self.random.random())
        up_reader, up_writer = await asyncio.open_connection(self.upstream.hostname, self.upstream.port)
        try:
            asks = _copied((fault if fault in ASKING else clear)(_chunks(reader), seed), up_writer)
            answers = _copied((fault if fault in ANSWERING else clear)(_chunks(up_reader), seed), writer)
            await _both(asks, answers)
        finally:
            up_writer.close()


async def _taken_up() -> None:
    """Each connection that somebody made before, alive or not, is being served: the loop has been round for accepting it and for beginning."""
    for _ in range(5):
        await asyncio.sleep(0)


async def _chunks(reader: asyncio.StreamReader) -> Chunks:
    with suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            yield chunk


async def _copied(chunks: Chunks, writer: asyncio.StreamWriter) -> None:
    async for chunk in chunks:
        if not writer.is_closing():
            writer.write(chunk)
            with suppress(ConnectionError):
                await writer.drain()
    if not writer.is_closing():
        with suppress(OSError):
            writer.write_eof()


async def _both(asks: Any, answers: Any) -> None:
    """Until nothing more is answered; a fault in either direction ends both."""
    asking, answering = asyncio.ensure_future(asks), asyncio.ensure_future(answers)
    done, _ = await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
    if asking in done and not asking.exception():
        await asyncio.wait({answering})
    asking.cancel()
    if asking in done:
        answering.cancel()
    for outcome in await asyncio.gather(asking, answering, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


@contextmanager
def between(upstream: str, random: Random) -> Any:
    """A proxy in front of the server at that address, on a thread of its own until the block ends."""
    proxy = Proxy(upstream, random)
    loop = proxy.loop
    server = loop.run_until_complete(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_ended())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _ended() -> None:
    """Connections that are still open, and those that were just being accepted."""
    while connections := asyncio.all_tasks() - {asyncio.current_task()}:
        for connection in connections:
            connection.cancel()
        await asyncio.wait(connections)
