"""Running `git` on a repository nobody vouches for: no hooks, no helpers, no prompts, no foreign configuration, a time limit."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO

from connectors.errors import Busy, Refused
from connectors.git.complaints import complaint, remedy

CHUNK = 1 << 20
KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
SAFE = (
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", f"core.attributesFile={os.devnull}"),
    *("-c", f"diff.orderFile={os.devnull}", "-c", "log.showRoot=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
    *("-c", "core.logAllRefUpdates=always"),  # when a mirror's branch moved: `repositories.head_at` reads it
)
LOG = (
    *("log", "-z", "--format=%x00%H %ct %at %P%x00%an%n%ae%x00%<(1,trunc)%s%n%B", "--raw", "--no-abbrev", "--diff-merges=first-parent"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes", "--no-mailmap", "--no-color", "--encoding=UTF-8"),
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_FLUSH": "0",  # a pipe is written when the buffer is full, not after each commit
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "GIT_ALLOW_PROTOCOL": "none",  # reading never reaches out, not even for the missing objects of a partial clone
    "HOME": os.devnull,  # no .netrc; ssh asks the system for the home folder instead
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository on this machine. `name` is what its records are called by, `path` what a person wrote."""

    name: str
    path: Path
    git_dir: Path
    limit_seconds: float = 1800


def _environment(repository: Repository, extra: Mapping[str, str]) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT}
    return {**own, **ENVIRONMENT, "GIT_DIR": str(repository.git_dir), **extra}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # its helpers (git-remote-https, ssh) too


def _said(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read(CHUNK).decode("utf-8", "replace")


@contextlib.contextmanager
def _limited(
    repository: Repository, arguments: Sequence[str], extra: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    with tempfile.TemporaryFile() as errors, _started(repository, arguments, extra or {}, errors) as process:
        watch = Timer(repository.limit_seconds, _end, [process])
        watch.daemon = True
        try:
            watch.start()
            yield process, errors
            process.communicate()
        finally:
            watch.cancel()
            _end(process)
        if process.returncode == -signal.SIGKILL:
            raise Busy(f"git was ended in {repository.path} after at most {repository.limit_seconds:.0f} s: raise limit_seconds or ask again later")


@contextlib.contextmanager
def running(repository: Repository, *arguments: str, fine: Sequence[int] = (0,)) -> Iterator[subprocess.Popen[bytes]]:
    """A git process with pipes to read and write; at the end of the block it must end with one of the `fine` statuses and without complaint.

    Raises Busy when the time limit ended it, Refused with git's own words for anything else.
    """
    with _limited(repository, arguments) as (process, errors):
        with contextlib.suppress(BrokenPipeError):  # it has ended: the status says why
            yield process
        process.communicate()
        said = complaint(whole := _said(errors))
        if process.returncode != -signal.SIGKILL and (said or process.returncode not in fine):
            mend = remedy(whole, repository.path) or "Try `git fsck` there"
            raise Refused(f"git cannot read {repository.path} (exit status {process.returncode}): {said or 'no reason given'}. {mend}")


def outcome(repository: Repository, extra: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The exit status of a git command run with these environment variables too, what it printed and what it said. Raises Busy at the time limit."""
    with _limited(repository, arguments, extra) as (process, errors):
        printed, _ = process.communicate()
        return process.returncode, printed.decode("utf-8", "backslashreplace"), _said(errors)


def _started(repository: Repository, arguments: Sequence[str], extra: Mapping[str, str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (a list of arguments, no shell; names from outside come after `--` or inside a ref)
            ["git", *SAFE, *arguments],  # noqa: S607 (the git of the PATH is meant)
            cwd=repository.path,
            env=_environment(repository, extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            pipesize=CHUNK,  # git goes on while we make records of what it wrote
        )
    except (FileNotFoundError, PermissionError) as error:
        raise Refused(f"git could not be started in {repository.path} ({error.strerror}): install git 2.37 or newer") from error
    except OSError as error:
        raise Busy(f"git could not be started in {repository.path} now: {error.strerror}") from error


def answer(repository: Repository, *arguments: str) -> str | None:
    """What a short git command prints, None where it says no by exit status 1."""
    with running(repository, *arguments, fine=(0, 1)) as process:
        text = pipe(process.stdout).read().decode("utf-8", "backslashreplace").strip()
    return None if process.returncode else text


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """The stream, which is there because a pipe was asked for."""
    assert stream  # noqa: S101 (for the type checker)
    return stream


def log(repository: Repository, head: str, options: Sequence[str], paths: Sequence[str] = ()) -> Iterator[list[str]]:
    r"""The history of `head`, newest first, one commit at a time as `[head, author, message, meta, path, meta, path, …]`.

    `head` is `sha committed authored parents…` with times in epoch seconds (nothing where there is none), `author` is `name\nmail`.
    NUL stands in no message, name or path, so the stream is cut where two of them meet. Bytes that are not UTF-8 become `\xff`.
    """
    with running(repository, *LOG, *options, head, "--", *paths) as process:
        waiting = bytearray()
        while chunk := os.read(pipe(process.stdout).fileno(), CHUNK):
            searched = max(len(waiting) - 1, 0)
            waiting += chunk
            if (end := waiting.rfind(b"\0\0", searched)) > 0:
                yield from _commits(waiting[:end])
                del waiting[:end]
        yield from _commits(waiting)


def _commits(block: bytearray) -> Iterator[list[str]]:
    for commit in block.decode("utf-8", "backslashreplace").split("\0\0"):
        if commit:
            fields = commit.strip("\0").split("\0")
            begins, _, message = fields[2].partition("\n")
            fields[2] = "" if begins == " " else message  # where no message follows the head, git writes what lies in memory behind it
            yield fields
