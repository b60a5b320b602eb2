"""Small real git repositories with known dates."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.git import pull
from signals.pulled import Unfit
from signals.records import Commit, ConfigChange
from signals.windows import Window

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVER = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC))
AUTHOR = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "Ada@Example.com", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}


class History:
    """A repository in which each commit is one hour after the one before."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.hours = 0
        self.at = START
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, given: bytes | None = None, **extra: str) -> str:
        date = f"{int(self.at.timestamp())} +0100"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        env = {**clean, **AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, **extra}
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=env, input=given, capture_output=True, check=True)  # noqa: S607 (our own repository)
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str | bytes, **extra: str) -> str:
        """Commit everything in the folder, an hour later, and give its id."""
        self.at += timedelta(hours=1)
        self.git("add", "--all")
        given = message if isinstance(message, bytes) else message.encode()
        self.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "--file=-", given=given, **extra)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str | bytes) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, path: str, text: str | bytes, message: str = "Change", **extra: str) -> str:
        self.write(path, text)
        return self.commit(message, **extra)


def records(path: Path | str, window: Window = EVER, **options):
    return list(pull(None, window, path=str(path), **options))


def commits(path: Path | str, window: Window = EVER, **options) -> list[Commit]:
    return [record for record in records(path, window, **options) if isinstance(record, Commit)]


def changes(path: Path | str, *config: str, **options) -> list[ConfigChange | Unfit]:
    """Oldest first."""
    found = [record for record in records(path, config=config, **options) if not isinstance(record, Commit)]
    return sorted(found, key=lambda record: (record.applied_at, record.native_id) if isinstance(record, ConfigChange) else (START, record.native_id))
