"""A bare git repository with a made-up history, written through one `git fast-import`."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import IO


class Repository:
    """Commits in the order they are made, each by its number from 1; `files` is what the newest holds."""

    def __init__(self, name: str, folder: Path) -> None:
        """Make the empty repository below the folder."""
        self.name = name
        self.path = folder / f"{name}.git"
        self.files: dict[str, str] = {}
        self._made: list[datetime] = []
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", self.path], check=True, timeout=60)  # noqa: S603, S607
        importer = ["git", "fast-import", "--quiet"]
        self._importer = subprocess.Popen(importer, cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603

    @property
    def newest(self) -> int:
        """The number of the newest commit, 0 while there is none."""
        return len(self._made)

    def commit(self, at: datetime, author: str, message: str, changes: dict[str, str]) -> int:
        """Add a commit that writes these files and return its number."""
        self._made.append(at)
        self.files |= changes
        who = f"{author.title()} <{author}@harbour.example> {int(at.timestamp())} +0000"
        head = f"commit refs/heads/main\nmark :{self.newest}\nauthor {who}\ncommitter {who}\n"
        parent = f"from :{self.newest - 1}\n" if self.newest > 1 else ""
        body = b"".join(f"M 100644 inline {path}\n".encode() + _data(text) for path, text in changes.items())
        _pipe(self._importer.stdin).write(head.encode() + _data(message) + parent.encode() + body)
        return self.newest

    def sha(self, number: int) -> str:
        """The id of that commit."""
        asked = _pipe(self._importer.stdin)
        asked.write(f"get-mark :{number}\n".encode())
        asked.flush()
        return _pipe(self._importer.stdout).readline().decode().strip()

    def sha_at(self, at: datetime) -> str:
        """The id of the newest commit made at or before the instant."""
        return self.sha(sum(made <= at for made in self._made))

    def close(self) -> None:
        """Write everything down; nothing can be added afterwards."""
        self._importer.communicate(timeout=60)
        if self._importer.returncode:
            message = f"git fast-import ended with status {self._importer.returncode} for {self.name}"
            raise OSError(message)


def _data(text: str) -> bytes:
    content = text.encode()
    return f"data {len(content)}\n".encode() + content + b"\n"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        message = "the importer has no pipe"
        raise OSError(message)
    return pipe
