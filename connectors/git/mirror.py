"""A repository at an address, mirrored on this machine so that it is read like any other."""

import os
import re
import shutil
import socket
import tempfile
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from connectors.errors import Busy, Refused
from connectors.git.complaints import failure
from connectors.git.process import Repository, answer, outcome
from connectors.http import Connection
from connectors.web.address import checked_base, origin
from connectors.web.hosts import checked_address, is_forbidden
from connectors.web.redaction import redact

MIRRORED = "mirrored"
_BRANCH = ("rev-parse", "--quiet", "--verify", MIRRORED)
SCHEMES = ("https", "ssh", "file", "http")
SSH_SHORT = re.compile(r"^([\w.-]+@[\w.-]+):(?!//)(.+)$")
_NAMED_OTHERWISE = re.compile(r"mismatched algorithms: client \w+; server (\w+)|bad revision '[0-9a-f]{64}'")


def mirror(url: str, connection: Connection | None, *, name: str | None, branch: str | None, cache: str, limit_seconds: float) -> Repository:
    """A bare copy of one branch under `cache`, brought up to date; only what is new travels.

    Raises Refused for what a person has to change, with the remedy, Busy for an address that does not answer now.
    """
    shown = name_in(url)
    _check_where_it_leads(_parts(url))
    secret = _credential(url, connection)
    folder = _folder(url, branch, cache)
    repository = Repository(name or shown, folder, folder, limit_seconds)
    _made(repository)
    status, said = _fetched(repository, secret, url, branch)
    if status and (names := _NAMED_OTHERWISE.search(said)):
        shutil.rmtree(folder)  # of commits that have other names now nothing in it is of use
        _made(repository, names[1] or "sha256")
        status, said = _fetched(repository, secret, url, branch)
    if "shallow roots are not allowed" in said:
        raise Refused(f"{repository.name} is a shallow clone, its history is cut: name the repository it was cloned from in `url`")
    if status:
        was_reached = bool(answer(repository, *_BRANCH))
        if "couldn't find remote ref HEAD" not in said:
            raise failure(repository.name, redact(said, (connection.secret,) if connection else ()), folder, was_reached=was_reached)
        _look_for_branches(repository, secret, url, was_reached=was_reached)
    return repository


def was_empty(url: str, *, branch: str | None, cache: str, limit_seconds: float) -> bool:
    """Whether there is a mirror and nothing in it: there was no branch when it was last asked."""
    folder = _folder(url, branch, cache)
    return (folder / "HEAD").exists() and not answer(Repository(name_in(url), folder, folder, limit_seconds), *_BRANCH)


def _folder(url: str, branch: str | None, cache: str) -> Path:
    shown = re.sub(r"[^A-Za-z0-9]+", "-", name_in(url))
    return Path(cache).expanduser().resolve() / f"{shown}-{sha256(f'{url} {branch}'.encode()).hexdigest()[:12]}.git"


def _made(repository: Repository, names: str = "sha1") -> None:
    folder = repository.git_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"no copy of {repository.name} can be kept at {folder} ({error.strerror}): let this account write there, or set `cache`"
        ) from error
    _swept(folder, time.time() - repository.limit_seconds)
    if not (folder / "HEAD").exists():
        answer(repository, "init", "--quiet", "--bare", f"--initial-branch={MIRRORED}", f"--object-format={names}", "--template=")


def _swept(folder: Path, before: float) -> None:
    """What a git that was killed has left behind, which would hold up the next one or fill the disk: none of ours lives longer than the limit."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*"):
        for left in folder.glob(pattern):
            if left.stat().st_mtime < before:
                left.unlink(missing_ok=True)


def _fetched(repository: Repository, secret: Mapping[str, str], url: str, branch: str | None) -> tuple[int, str]:
    wanted = f"+refs/heads/{branch}:refs/heads/{MIRRORED}" if branch else f"+HEAD:refs/heads/{MIRRORED}"
    status, _, said = outcome(repository, secret, "fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--", url, wanted)
    return status, said


def _look_for_branches(repository: Repository, secret: Mapping[str, str], url: str, *, was_reached: bool) -> None:
    """Why there is no default branch; nothing where nothing was ever pushed.

    Over http a login page and an empty answer look the same to git, unless the other side told which version of git's protocol it speaks.
    """
    with tempfile.NamedTemporaryFile() as trace:
        status, listed, _ = outcome(repository, {**secret, "GIT_TRACE2_EVENT": trace.name}, "ls-remote", "--heads", "--", url)
        speaks_git = not _parts(url).scheme.startswith("http") or b'"negotiated-version"' in trace.read()
    branches = [line.partition("refs/heads/")[2] for line in listed.splitlines()]
    if branches:
        shown = ", ".join(branches[:5])
        raise Refused(f"the default branch of {repository.name} does not exist, yet others do ({shown}): set `branch` to the one to read")
    if status or was_reached:
        raise Busy(f"git finds no branch in {repository.name} now: something else answers at its address, or it was made anew and nothing pushed yet")
    if not speaks_git:
        raise Refused(f"what answers at the address of {repository.name} is no git repository, or one of plain files without a branch: check `url`")


def _parts(url: str) -> SplitResult:
    whole = SSH_SHORT.sub(r"ssh://\1/\2", url)
    if whole.partition("://")[0] not in SCHEMES:
        raise Refused("`url` of a git source begins with https://, ssh:// or file://, or has the form git@host:owner/name")
    parts = urlsplit(checked_address(whole, SCHEMES))
    if parts.query:
        raise Refused(f"`url` of the git source at {parts.hostname} carries a credential: put it into a connection and name that in `conn_id`")
    return parts


def _check_where_it_leads(parts: SplitResult) -> None:
    """Refused for a name that stands for a cloud's metadata service: git itself would ask it."""
    with suppress(OSError, UnicodeError):  # git tells what cannot be found
        for *_, found in socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM) if parts.hostname else ():
            if is_forbidden(str(found[0]), may_be_private=True):
                raise Refused(f"`url` of the git source leads to an address that nobody may ask ({parts.hostname})")


def name_in(url: str) -> str:
    """The last two parts of an address (`owner/name`); of a file address the last. Raises Refused for what is none, or holds a credential."""
    parts = _parts(url)
    names = [part for part in parts.path.removesuffix("/").removesuffix(".git").split("/") if part]
    return "/".join(names[-1:] if parts.scheme == "file" else names[-2:])


def _credential(url: str, connection: Connection | None) -> dict[str, str]:
    # In the environment, bound to one origin: not in the address, not in the process list, not after a redirect.
    settings = {"http.followRedirects": "false"}
    parts = _parts(url)
    if connection and connection.secret and parts.scheme.startswith("http"):
        here = origin(url)
        if connection.base_url and origin(connection.base_url) != here:
            raise Refused(f"the connection belongs to another address than the git source at {parts.hostname}: give each its own `conn_id`")
        checked_base(url, plain_http=connection.plain_http)
        pair = f"{connection.login or 'x-access-token'}:{connection.secret}"
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: Basic {b64encode(pair.encode()).decode()}"
    numbered = {
        f"GIT_CONFIG_{what}_{at}": text for at, pair in enumerate(settings.items()) for what, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    environment = {"GIT_ALLOW_PROTOCOL": ":".join(SCHEMES), "GIT_CONFIG_COUNT": str(len(settings)), **numbered}
    if connection and connection.ca_bundle:
        environment["GIT_SSL_CAINFO"] = connection.ca_bundle
    return environment if "GIT_SSH_COMMAND" in os.environ else {**environment, "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
