"""The tracker that needs no tracker: a folder with a Markdown file for each ticket."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from connectors.errors import Refused, Rejected
from connectors.http import Api
from connectors.parse import instant
from connectors.registry import Ticket, tracker

_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_TICKET = re.compile(r"---\n(?P<front>.*?)\n---\n\n?(?P<body>.*)", re.DOTALL)


def _print(title: str, body: str) -> str:
    return sha256(f"{title}\0{body}".encode()).hexdigest()


def _written(code: str, title: str, body: str) -> str:
    """The file's text. Values are JSON, so that no title can end the front matter; `state` is for people to change."""
    front = {"code": code, "title": title, "opened_at": datetime.now(UTC).isoformat(timespec="seconds"), "written": _print(title, body)}
    return "\n".join(["---", *(f"{name}: {json.dumps(value)}" for name, value in front.items()), "state: open", "---", "", body])


def _front(text: str) -> Mapping[str, str]:
    """The lines `name: value` of the front matter; a value may be JSON text or bare."""
    front: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        front[name.strip()] = value.strip()
        if value.strip().startswith('"'):
            with suppress(ValueError):
                front[name.strip()] = json.loads(value)
    return front


def _ticket(path: Path) -> Ticket:
    """The ticket in a file. Rejected, naming the file and the remedy, when its first lines cannot be read any more."""
    found = _TICKET.match(path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n"))
    try:
        front = _front(found["front"]) if found else {}
        code, opened_at, title = front["code"], instant(front["opened_at"]), front["title"]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Rejected(f"{path}: the lines between --- at the top need code, title, opened_at and state again") from error
    body = found["body"] if found else ""
    is_open = front.get("state", "open").lower() == "open"
    return Ticket(
        number=code,
        url=path.resolve().as_uri(),
        title=title,
        body=body,
        is_open=is_open,
        is_ours=True,
        opened_at=opened_at,
        is_touched=not is_open or _print(title, body) != front.get("written"),
    )


@tracker("folder")
class Folder:
    """A Markdown file a ticket, named by its code: `<path>/<code>-<title>.md`. The code is the identity, so opening twice gives one file."""

    def __init__(self, api: Api | None = None, *, path: str) -> None:
        """Take the folder, which is made when it is not there. There is nothing to speak to."""
        del api
        self._path = Path(path)

    def open(self, code: str, title: str, body: str) -> Ticket:
        """The ticket of this code: as it is where there is one, else written whole or not at all. Rejected for a code that is no file name."""
        if not _CODE.fullmatch(code):
            raise Rejected(f"a ticket code is letters, digits and hyphens, not {code!r}")
        self._path.mkdir(parents=True, exist_ok=True)
        path = self._file(code) or self._write(code, title, body)
        return _ticket(path)

    def find(self, since: datetime) -> Iterator[Ticket]:
        """Every ticket opened at or after `since`. Files without front matter are somebody else's. Refused where the path is no folder."""
        if self._path.exists() and not self._path.is_dir():
            raise Refused(f"{self._path} is no folder: set `path` of this tracker to the folder its tickets go into")
        files = [path for path in sorted(self._path.glob("*.md")) if path.read_bytes()[:4].startswith(b"---")]
        return (ticket for ticket in map(_ticket, files) if ticket.opened_at >= since.replace(microsecond=0))

    def read(self, number: str) -> Ticket | None:
        """The ticket of this code as it is now, None when its file is gone."""
        path = self._file(number) if _CODE.fullmatch(number) else None
        return _ticket(path) if path else None

    def _file(self, code: str) -> Path | None:
        names = re.compile(re.escape(code) + r"(-[a-z0-9-]*)?\.md")
        return next((path for path in sorted(self._path.glob(f"{code}*.md")) if names.fullmatch(path.name)), None)

    def _write(self, code: str, title: str, body: str) -> Path:
        slug = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60].strip("-")
        target = self._path / f"{code}{slug and '-'}{slug}.md"
        handle, name = tempfile.mkstemp(dir=self._path, prefix=f".{code}-", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(_written(code, title, body))
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            # A link is made only where no file has the name: a second opener finds the first one's ticket.
            with suppress(FileExistsError):
                Path(target).hardlink_to(name)
        finally:
            Path(name).unlink()
        self._sync()
        return target

    def _sync(self) -> None:
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
