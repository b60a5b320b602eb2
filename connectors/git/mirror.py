"""A repository at an address, mirrored on this machine so that it is read like any other."""

import os
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from connectors.errors import Busy, Refused
from connectors.git.process import Repository, answer, outcome
from connectors.http import Connection
from connectors.web.address import checked_base, origin
from connectors.web.redaction import redact

MIRRORED = "mirrored"
SCHEMES = ("https", "ssh", "file", "http")
SSH_SHORT = re.compile(r"^([\w.-]+@[\w.-]+):(?!//)(.+)$")
REFUSALS = re.compile(
    r"authentication|could not read|permission denied|not found|does not exist|not appear to be|couldn't find remote ref|host key|redirect|"
    r"not allowed|unsupported|dubious|returned error: (30\d|40[134])",
    re.IGNORECASE,
)


def mirror(url: str, connection: Connection | None, *, name: str | None, branch: str | None, cache: str, limit_seconds: float) -> Repository:
    """A bare copy of one branch under `cache`, brought up to date; only what is new travels.

    Raises Refused for an address git must not or may not read, Busy for one that does not answer now.
    """
    shown = name_in(url)
    secret = _credential(url, connection)
    folder = Path(cache).expanduser().resolve() / f"{re.sub(r'[^A-Za-z0-9]+', '-', shown)}-{sha256(f'{url} {branch}'.encode()).hexdigest()[:12]}.git"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    repository = Repository(name or shown, folder, folder, limit_seconds)
    if not (folder / "HEAD").exists():
        answer(repository, "init", "--quiet", "--bare", f"--initial-branch={MIRRORED}", "--template=")
    wanted = f"+refs/heads/{branch}:refs/heads/{MIRRORED}" if branch else f"+HEAD:refs/heads/{MIRRORED}"
    status, said = outcome(repository, secret, "fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--", url, wanted)
    if status and "couldn't find remote ref HEAD" in said:
        # Nothing was ever pushed there; but over http a login page and an empty answer look the same, and what had commits is not empty.
        if _parts(url).scheme.startswith("http") or answer(repository, "rev-parse", "--quiet", "--verify", MIRRORED):
            raise Busy(f"git finds no branch in {repository.name}: nothing was pushed there yet, or something else answers at its address")
    elif status:
        raise _told(repository.name, redact(said, (connection.secret,) if connection else ()))
    return repository


def _told(name: str, said: str) -> Refused | Busy:
    if REFUSALS.search(said):
        return Refused(f"git may not read {name}: {said}. Check the address, `branch` and the connection")
    return Busy(f"git cannot reach {name} now: {said}")


def _parts(url: str) -> SplitResult:
    parts = urlsplit(SSH_SHORT.sub(r"ssh://\1/\2", url))
    if parts.scheme not in SCHEMES:
        raise Refused("`url` of a git source begins with https://, ssh:// or file://, or has the form git@host:owner/name")
    if parts.password or parts.query or (parts.username and parts.scheme.startswith("http")):
        raise Refused(f"`url` of the git source at {parts.hostname} carries a credential: put it into a connection and name that in `conn_id`")
    return parts


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
    return environment if "GIT_SSH_COMMAND" in os.environ else {**environment, "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
