"""What stands at a secret place of a file of settings: such a text is shown nowhere else either, in no other place of the commit and no title."""

import json
import re
from collections.abc import Iterator

from connectors.disclosure import ENVIRONMENTS
from connectors.git.config_tree import Documents, Node
from connectors.secret_forms import holds_secrets, is_secret, is_secret_field, spoken

MOST_SEARCHED = 1 << 16
SHORTEST = 6  # characters: what is shorter stands elsewhere by chance
# So do these, which stand where a secret will be.
_COMMON = ENVIRONMENTS | {"default", "enabled", "disabled", "required", "optional", "password", "secret", "string", "example", "inherit"}
_NUMBER = re.compile(r"[-+\d_.,:]*")
_REFERENCE = re.compile(r"[$%]?[({<\[]|/")  # to where the secret is: `${DB_PASSWORD}`, `/run/secrets/db`
_ABOUT = re.compile(r"(?:name|ref|path|file|url|type|kind|mode|^id|^key)$", re.IGNORECASE)  # what is said about a secret
_DATA = ("data", "stringData")


def secrets_of(path: str, documents: Documents | None, text: str) -> frozenset[str]:
    """The texts at secret places, line by line; of a file that is one value as a whole, what stands behind a telling word.

    `text` is the file itself, which tells what an alias of YAML stands for.
    """
    found = spoken(text[:MOST_SEARCHED]) if documents is None else [_resolved(value, text) for value in _texts(documents, holds_secrets(path))]
    if documents is None and holds_secrets(path):
        found += text.split()[:1]
    lines = (line.strip() for value in found for line in value.splitlines())
    return frozenset(line for line in lines if _is_telling(line))


def _texts(node: Node, is_below: bool = False) -> Iterator[str]:
    if isinstance(node, str):
        if is_below:
            yield node
    elif isinstance(node, dict):
        is_pair = "value" in node and any(isinstance(name := node.get(field), str) and holds_secrets(name) for field in ("name", "key"))
        for key, inner in node.items():
            is_telling = is_secret_field(key) or (is_pair and key == "value") or (key in _DATA and node.get("kind") == "Secret")
            yield from _texts(inner, (is_below or is_telling) and not _ABOUT.search(key))
    else:
        flag: Node = ""
        for item in node:
            yield from _texts(item, is_below or (isinstance(flag, str) and flag.startswith("-") and is_secret(f"{flag} x")))
            flag = item


def _resolved(value: str, text: str) -> str:
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return str(json.loads(value))
    if value.startswith("*"):
        found = re.search(rf"&{re.escape(value[1:])}\\s+([^\\n]+)", text)
        return "\n".join((found[1].strip("\"' "), *re.split(r"[\s,}\]\"']+", found[1]))) if found else value
    return value


def _is_telling(text: str) -> bool:
    return len(text) >= SHORTEST and text.lower() not in _COMMON and not _NUMBER.fullmatch(text) and not _REFERENCE.match(text)
