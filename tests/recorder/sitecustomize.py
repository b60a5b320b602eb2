"""Imported by every Python process whose PYTHONPATH begins with this folder: writes down whom it looks up and connects to."""

import os
import sys


def recorded(event, arguments):
    match event, arguments:
        case "socket.connect", (_, (host, port, *_)):
            whom = host, port
        case "socket.connect", (_, path):
            whom = path, ""
        case "socket.getaddrinfo", (host, port, *_):
            whom = host, port
        case "socket.gethostbyname", (host,):
            whom = host, ""
        case _:
            return
    line = " ".join(item.decode() if isinstance(item, bytes) else str(item) for item in (event, *whom))
    file = os.open(os.environ["RECORDED_CONNECTIONS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{line}\n".encode("utf-8", "backslashreplace"))
    os.close(file)


if "RECORDED_CONNECTIONS" in os.environ:
    sys.addaudithook(recorded)
