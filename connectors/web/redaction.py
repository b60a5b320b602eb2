"""Text without secrets: no form of them, whole or cut, verbatim or encoded, reaches a message."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

_LENGTH = 8  # so many characters of a secret in a row give it away
_SHORTEST = 3  # hiding every "a" would leave no message
_KEY = 16  # a part of an address this long is a key, not a word
_HIDDEN = "***"


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):  # inside a longer text (`user:secret`) the same bytes encode in three ways
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(b"\0" * before + data).decode().rstrip("=")
            yield whole[(0, 2, 3)[before] : len(whole) - (1 if (before + len(data)) % 3 else 0)]


@lru_cache(16)  # each request of a connection is shown without the same secrets
def _pieces(secrets: tuple[str | None, ...]) -> dict[int, set[str]]:
    pieces: dict[int, set[str]] = {}
    forms = {_lowered(form) for secret in secrets if secret and len(secret) >= _SHORTEST for form in _forms(secret)}
    for form in forms:
        size = min(_LENGTH, len(form))
        pieces.setdefault(size, set()).update(form[at : at + size] for at in range(len(form) - size + 1))
    return pieces


def _lowered(text: str) -> str:
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def redact(text: str, secrets: Iterable[str | None]) -> str:
    """`text` with `***` for each run of 8 characters or more of any form of any secret (a shorter secret: the whole of it), in any case.

    Forms: verbatim, base64 (alone or inside a longer text such as `user:secret`), percent-, JSON- and HTML-escaped.
    """
    lowered = _lowered(text)
    hidden = bytearray(len(text))
    for size, pieces in _pieces(tuple(secrets)).items():
        for at in range(len(text) - size + 1):
            if lowered[at : at + size] in pieces:
                hidden[at : at + size] = b"\1" * size
    letters: list[str] = []
    for at, letter in enumerate(text):
        if not hidden[at]:
            letters.append(letter)
        elif at == 0 or not hidden[at - 1]:
            letters.append(_HIDDEN)
    return "".join(letters)


def secrets_of(login: str | None, secret: str | None, base_url: str, credentials: Iterable[str]) -> tuple[str, ...]:
    """Everything a connection must not show: the secret, alone and behind its login, the headers made of it, and a private address's own key."""
    parts = urlsplit(base_url)
    keys = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    return tuple(filter(None, [secret, secret and f"{login or ''}:{secret}", *credentials, *(key for key in keys if len(key) >= _KEY)]))
