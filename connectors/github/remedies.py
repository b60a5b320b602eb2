"""What a person can do about GitHub's refusals: its words and headers tell more than the status."""

import re
from collections.abc import Mapping

_SSO = (
    "The organisation asks for single sign-on: authorise the token for it (github.com, Settings, Developer settings, the token, Configure SSO), "
    "or use a fine-grained token or an app of that organisation."
)
_BLOCKED = "GitHub blocked the repository: take it out of soundings.toml; only its owner can have that changed."
_CLOSED = "GitHub closed the repository or its organisation: its owner has to look at the account; until then take it out of soundings.toml."
_SUSPENDED = "An owner of the organisation has to lift the suspension (Settings, GitHub Apps, Configure), or another token is needed."
_BY_WORDS = (
    (r"saml|single sign-on|\bsso\b", _SSO),
    (r"ip allow list", "Add the address of this machine to the organisation's IP allow list (Settings, Authentication security)."),
    (r"suspended", _SUSPENDED),
    (r"access blocked|dmca|\b451\b", _BLOCKED),
    (r"actions\b.*\b(disabled|not enabled)", "Switch Actions on in the repository's settings, or leave `workflows` out."),
    (r"issues\b.*\b(disabled|not enabled)", "Switch Issues on in the repository's settings, or name another repository."),
    (r"disabled|flagged|billing", _CLOSED),
    (r"personal access tokens? \(classic\)", "The organisation takes no classic token: use a fine-grained one or an app of that organisation."),
    (r"token'?s lifetime", "The organisation takes only tokens that end sooner: make one with a shorter lifetime."),
    (r"bad credentials", "The token is mistyped, revoked or has expired: make a new one, set it in the connection, then run `soundings doctor`."),
)


def remedy(headers: Mapping[str, str], reason: str) -> str | None:
    """The remedy for a refusal with these headers and words; None where the status says it all."""
    if headers.get("X-GitHub-SSO", "").startswith("required"):
        return _SSO
    found = next((advice for words, advice in _BY_WORDS if re.search(words, reason, re.IGNORECASE)), None)
    return found or _missing(headers, reason)


def _missing(headers: Mapping[str, str], reason: str) -> str | None:
    """The permission that GitHub says it asks for, where the token has not got it."""
    if not re.search(r"not accessible|scopes?\b|must have|permission", reason, re.IGNORECASE):
        return None
    # A fine-grained token or an app is told its permission (`contents=read`), a classic token its scopes.
    wanted = headers.get("X-Accepted-GitHub-Permissions") or headers.get("X-Accepted-OAuth-Scopes") or ""
    if not re.fullmatch(r"[\w:=,; -]{1,200}", wanted):
        return None
    return f"Give the token this permission: {wanted}; or take this out of soundings.toml."
