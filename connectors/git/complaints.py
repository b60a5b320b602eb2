"""What git says when it cannot, and what a person can do about it.

Only what is known to pass is asked again: for the rest waiting changes nothing. The words are those of git 2.39, curl, GnuTLS, OpenSSL and OpenSSH
in the C locale.
"""

import re

from connectors.errors import Busy, Refused, Unreached

_ANEW = "remove {folder}, the next pull makes it anew"
# The first that fits is meant: when the disk is full, git also says that the other side hung up.
_REMEDIES = {
    r"no space left|quota exceeded": "Make room on the disk of {folder}",
    r"read-only file system|cannot mkdir|insufficient permission|unable to .*: permission denied": "Let the account that runs this write to {folder}",
    r"promisor remote": "This is a partial clone: run `git fetch --refetch --no-filter` there",
    r"unknown repository extension|expected git repo version|unknown option|unrecognized argument": "Install a newer git, 2.37 at least",
    r"dubious ownership": "Make the account that runs this the owner of that folder, or read it by `path` instead of `url`",
    r"mismatched algorithms": f"Its commits have names of another kind now: {_ANEW}",
    r"\) is corrupt|object file \S+ is empty|bad object refs/|invalid sha1 pointer": f"Run `git fsck` there; if it is a copy under `cache`, {_ANEW}",
    r"host key|remote host identification": "Compare its key with what the host publishes, then add it to known_hosts of the account that runs this",
    r"cannot run \S*ssh": "Install an ssh client",
    r"permission denied \(|too many authentication": "Give the account that runs this an ssh key that may read the repository",
    r"certificate|ssl ca cert": "Name the authority behind it: `ca_bundle` of the connection is its file",
    r"unexpected tls packet|wrong version number": "What answers there speaks no TLS: check http or https, and the port",
    r"(error|code):? 407|resolve proxy|from proxy": "Check the proxy this machine is told to use (https_proxy, no_proxy)",
    r"error: 30\d|redirect": "It has moved: write its new address into `url`",
    r"authentication failed|could not read (user|pass)|access denied|error: 40[13]": "Put a valid credential that may read it into the connection",
    r"remote ref": "Set `branch` to one that `git ls-remote --heads` shows there",
    r"not found|does not exist|not appear to be|error: (404|410|451)": "Check the address; a private one needs a connection that may read it",
}
_UNREACHED = r"handshake|resolve host|name resolution|failed to connect|could ?n.t connect|connect to host|unreachable|no route to"
_PASSING = (
    rf"{_UNREACHED}|timed? ?out|connection (reset|closed|was)|hung up|early eof|rpc failed|unexpected disconnect|(recv|send) (error|failure)"
    r"|empty reply|non-properly terminated|transfer closed|http/?2|protocol error|error: (408|421|425|429|5\d\d)|temporar|try again|index-pack"
    r"|unpack-objects|unable to find [0-9a-f]{40,64}|did not send all|inflate: |unencoding|not our ref|\.lock': file exists"
)


def _says(words: str, said: str) -> bool:
    return re.search(words, said, re.IGNORECASE) is not None


def complaint(said: str) -> str:
    """What git wrote to stderr beside warnings, hints and frames, on one line; a hostile server may say a lot."""
    lines = (line.strip() for line in said.splitlines() if not line.startswith(("warning:", "hint:", "@@@")))
    return " ".join(filter(None, lines))[:300].rstrip(".")


def remedy(said: str, folder: object) -> str | None:
    """What a person can do about it, where that is known."""
    return next((mend.format(folder=folder) for words, mend in _REMEDIES.items() if _says(words, said)), None)


def failure(name: str, said: str, folder: object, *, was_reached: bool) -> Refused | Busy:
    """Why the repository at an address could not be fetched into the folder. A host that never answered may not be the right one."""
    shown = complaint(said)
    if mend := remedy(said, folder):
        return Refused(f"git may not read {name}: {shown}. {mend}")
    if _says(_UNREACHED, said) and not was_reached:
        kind = Refused if _says("resolve host", said) else Unreached  # a name nobody knows seldom comes to be known
        return kind(f"git has never reached {name}: {shown}. Is the host right, and may this machine connect to it?")
    if _says(_PASSING, said):
        return Busy(f"git cannot reach {name} now: {shown}")
    return Refused(f"git may not read {name}: {shown}. Check the address, `branch` and the connection")
