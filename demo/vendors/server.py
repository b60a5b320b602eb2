"""A loopback HTTP server for made-up vendors: state lives in the app, the server counts, logs and misbehaves on request.

    def app(request: Request) -> Response:
        match request.method, request.segments:
            case "GET", ("incidents",):
                return Response(json={"incidents": INCIDENTS, "more": False})
        return Response(404, json={"message": "Not Found"})

    with serve(app) as server:
        server.url                                    # http://127.0.0.1:PORT, no trailing slash
        server.requests                               # every Request that arrived, in order, faulted ones too
        server.faults += [answer(503), drop, cut(10)]  # what the next requests meet, one each, in order
        server.faults_at["/incidents"] = [answer(401)]  # the same for requests to one path only

The app runs in one thread per connection: guard its state with a lock where two requests may change it.
A fault is any function of an `Exchange`; ready-made ones are in `demo.vendors.weather`. Standard library only, no output.
"""

import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived. `target` is the path and query as sent, `headers` have small letters, `query` gives every value of a name."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        """The path, percent-decoded, without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, each decoded on its own, so that an escaped slash stays inside its part."""
        return tuple(unquote(part) for part in urlsplit(self.target).path.split("/") if part)

    @property
    def query(self) -> dict[str, list[str]]:
        """Every value of every name."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def param(self, name: str, default: str = "") -> str:
        """The last value of one name."""
        return self.query.get(name, [default])[-1]

    @property
    def json(self) -> Any:
        """The body, parsed (ValueError when it is not JSON)."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer: `json` is serialised, `body` is sent as it is; neither means an empty body."""

    status: int = 200
    json: Any = None
    body: bytes | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The bytes of the body."""
        if self.body is not None:
            return self.body.encode() if isinstance(self.body, str) else self.body
        return b"" if self.json is None else json.dumps(self.json, separators=(",", ":")).encode()

    def head(self, length: int) -> bytes:
        """The status line and headers for a body of this length."""
        reason = _REASONS.get(self.status, "Unknown")
        kind = "application/json" if self.body is None else "text/plain; charset=utf-8"
        headers = {"Content-Type": kind, **self.headers}
        if "date" not in {name.lower() for name in headers}:
            headers["Date"] = formatdate(usegmt=True)
        if not {"content-length", "transfer-encoding", "connection"} & {name.lower() for name in headers}:
            headers["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


App = Callable[[Request], Response]


@dataclass(slots=True)
class Exchange:
    """One request on its connection, in the hands of a fault."""

    request: Request
    app: App
    connection: socket.socket
    is_open: bool = True

    def send(self, data: bytes) -> None:
        """Bytes onto the wire, whatever they are."""
        self.connection.sendall(data)

    def reply(self, response: Response) -> None:
        """A whole answer."""
        body = b"" if self.request.method == "HEAD" else response.content()
        self.send(response.head(len(body)) + body)

    def reset(self) -> None:
        """End the connection the hard way: the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.is_open = False


Fault = Callable[[Exchange], None]


class Server:
    """A running server; made by `serve`."""

    def __init__(self, app: App, url: str) -> None:
        """Start with an empty log and fair weather."""
        self.app = app
        self.url = url
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.faults_at: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def handle(self, request: Request, connection: socket.socket) -> bool:
        """Answer one request, or let the fault that is due do its work; False = close the connection."""
        with self._lock:
            self.requests.append(request)
            queue = self.faults_at.get(request.path) or self.faults
            fault = queue.pop(0) if queue else None
        exchange = Exchange(request, self.app, connection)
        if fault is None:
            exchange.reply(self.app(request))
        else:
            fault(exchange)
        return exchange.is_open


def _request(stream: Any) -> Request | None:
    line = stream.readline(65_537)
    if not line.strip():
        return None
    method, target, _version = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline(65_537)) not in {b"\r\n", b"\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    body = stream.read(length)
    return Request(method, target, headers, body) if len(body) == length else None  # a client that died while it asked has asked nothing


@contextmanager
def serve(app: App, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on its own threads until the block ends; port 0 takes a free one; with `tls` it speaks https."""
    open_now: set[socket.socket] = set()

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            open_now.add(self.connection)
            with suppress(OSError):
                while (request := _request(self.rfile)) and server.handle(request, self.connection):
                    pass
            open_now.discard(self.connection)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 128

        def shutdown_request(self, request: Any) -> None:
            # No orderly shutdown first: after `Exchange.reset` the close itself must be the first thing the client hears.
            self.close_request(request)

    with Listener((host, port), Handler) as listener:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True) if tls else listener.socket
        server = Server(app, f"{'https' if tls else 'http'}://{host}:{listener.server_address[1]}")
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            for connection in list(open_now):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()
