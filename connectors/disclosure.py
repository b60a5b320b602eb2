"""What of a setting may be shown: its value, its name, the words of who changed it. For every source of settings."""

import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from pathlib import PurePosixPath

from connectors.secret_forms import has_form, holds_secrets, is_plain_name, is_secret, names_secret

LONGEST_SHOWN = 500
ENVIRONMENTS = frozenset(
    "production prod live staging stage preprod preproduction uat qa test testing dev development sandbox demo".split()  # noqa: SIM905 (one line)
)
# Names every format has: they are no secrets, not even below one.
_USUAL = frozenset({"name", "key", "value", "valueFrom", "type", "enabled", "optional", "file", "path"})

_SEVERAL = re.compile(r"[.\s]")  # `tokens.x`, `[auth x]`

# A hash alone would give a short secret away to anybody who tries all of them. Where no pull gave a key, nobody compares with yesterday.
_OWN = secrets.token_bytes(32)
_key = ContextVar("key of fingerprints", default=_OWN)


@contextmanager
def fingerprints(key: str) -> Iterator[None]:
    """Within, the same text has the same fingerprint as always with this key."""
    before = _key.get()
    _key.set(key.encode())
    try:
        yield
    finally:
        _key.set(before)


def fingerprint(text: str) -> str:
    """Twelve hexadecimal digits that are the same for the same text, and tell nothing of it to who lacks the key."""
    return f"sha256:{hmac.digest(_key.get(), text.encode('utf-8', 'backslashreplace'), 'sha256').hex()[:12]}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting stands: its key as it is (`clear`), and as it may be shown.

    Never shown of a key: what looks like a secret itself, and all below a name such as `api_tokens`, where names may be the secrets.
    """

    clear: str = ""
    shown: str = ""
    is_hidden: bool = False  # the names below it
    hides_items: bool = False  # the names of items of lists
    hides_values: bool = False  # what stands here and below

    def key(self, name: str) -> "Place":
        """The place of this name in a mapping; what has no name stands at the place itself."""
        if not name:
            return self
        return self._below(name, "{}.{}" if self.clear and not self.clear.endswith(":") else "{}{}", self.is_hidden or holds_secrets(name))

    def item(self, name: str, *, number: int = 1, has_secret: bool = False) -> "Place":
        """The place of the item a list has under this name, or of the second, third … of the name; `has_secret`: the item holds a secret."""
        form = f"{{}}[{{}} {number}]" if number > 1 else "{}[{}]"
        return self._below(name, form, self.is_hidden, is_secret=has_secret or self.hides_items)

    def document(self, name: str, number: int = 1) -> "Place":
        """The place of the object of this `kind/namespace/name` in a file of several."""
        suffix = f" {number}:" if number > 1 else ":"
        shown = "/".join(part if is_plain_name(part) else fingerprint(part) for part in name.split("/"))
        return replace(self, clear=name + suffix, shown=shown + suffix)

    def _below(self, name: str, form: str, is_hidden: bool, *, is_secret: bool = False) -> "Place":
        is_shown = (not self.is_hidden or name in _USUAL) and not is_secret and is_plain_name(name)
        shown = form.format(self.shown, _told(name) if is_shown else fingerprint(name))
        return Place(form.format(self.clear, name), shown, is_hidden, self.hides_items, self.hides_values or is_secret)


def _told(name: str) -> str:
    """A name that may be shown; of one with dots or blanks, which is several, not what stands below or behind a telling one."""
    for found in _SEVERAL.finditer(name):
        before, below = name[: found.end()], name[found.end() :]
        word = _SEVERAL.split(before[: found.start()])[-1]
        if holds_secrets(word) or (found[0] != "." and names_secret(word)):
            return before + (below if below in _USUAL else fingerprint(below))
    return name


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What may be shown of a setting, and which environment a path belongs to. `secrets` are texts known to be some: they are shown nowhere."""

    allow: tuple[str, ...] = ()
    environments: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    def shown(self, path: str, key: str, value: str | None, *, is_hidden: bool = False) -> str | None:
        """The value where its key is allow-listed and nothing about it looks secret; else a fingerprint, the same for the same value.

        A key that is allow-listed by its exact name may sound like a secret (`max_token_length`); its value still may not look like one.
        """
        if value is None:
            return None
        sounds_secret = is_hidden or names_secret(key or path) or holds_secrets(path)
        is_open = self.is_named(path, key) or (self._is_allowed(path, key) and not sounds_secret)
        # In a line of a file of directives, and in a file as a whole, there is no telling which word is the secret.
        is_telling = (key and not path.endswith((".conf", ".cfg"))) or len(value.split()) < 2
        if (
            is_open
            and is_telling
            and len(value) <= LONGEST_SHOWN
            and value.isprintable()
            and not any(is_secret(said) or has_form(f"{key}:{said}") for said in {value, value.replace("\\", "")})  # JSON within a text
            and self.without(value) == value
        ):
            return value or '""'
        return fingerprint(value)

    def name(self, path: str, place: Place) -> str:
        """The key as it may be shown; as it is where it is allow-listed by its exact name."""
        return place.clear if self.is_named(path, place.clear) else self.without(place.shown)

    def without(self, text: str) -> str:
        """The text with a fingerprint for each of the secrets in it."""
        for secret in self.secrets:
            if secret in text:
                text = text.replace(secret, fingerprint(secret))
        return text

    def is_named(self, path: str, key: str) -> bool:
        """Whether the key is allow-listed by its exact name."""
        return bool(self.allow) and (key in self.allow or f"{path}#{key}" in self.allow)

    def _is_allowed(self, path: str, key: str) -> bool:
        pattern = _any_of(self.allow) if self.allow else None
        return pattern is not None and bool(pattern.match(key) or pattern.match(f"{path}#{key}"))

    def environment(self, path: str) -> str | None:
        """The environment given for the path, else the innermost folder or part of the file's name that is a usual name of one."""
        return _environment(path, self.environments)


@lru_cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # Brackets stand in keys (`env[LOG_LEVEL].value`): only `*` and `?` are wildcards.
    return re.compile("|".join(translate(pattern.replace("[", "[[]")) for pattern in patterns))


@lru_cache(maxsize=4096)
def _environment(path: str, given: tuple[tuple[str, str], ...]) -> str | None:
    for pattern, environment in given:
        if fnmatchcase(path, pattern):
            return environment
    *folders, name = PurePosixPath(path.lower()).parts
    words = [*folders, *re.split(r"[._-]", name)]
    return next((word for word in reversed(words) if word in ENVIRONMENTS), None)
