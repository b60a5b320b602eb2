"""What stands at a secret place of a file of settings: such a text is shown nowhere else either, in no other place of the commit and no title."""

import json
import re
from functools import lru_cache

from connectors.disclosure import ENVIRONMENTS
from connectors.git.config_tree import Documents, Node
from connectors.git.recent import Recent
from connectors.secret_forms import holds_secrets, is_secret, is_secret_field, speaks_of_secrets, spoken

MOST_SEARCHED = 1 << 16
SHORTEST = 6  # characters: what is shorter stands elsewhere by chance
# So do these, which stand where a secret will be.
_COMMON = ENVIRONMENTS | {"default", "enabled", "disabled", "required", "optional", "password", "secret", "string", "example", "inherit"}
_NUMBER = re.compile(r"[-+\d_.,:]*")
_REFERENCE = re.compile(r"[$%]?[({<\[]|/")  # to where the secret is: `${DB_PASSWORD}`, `/run/secrets/db`
_ABOUT = re.compile(r"(?:name|ref|path|file|url|type|kind|mode|^id|^key)$", re.IGNORECASE)  # what is said about a secret
_DATA = ("data", "stringData")
_ESCAPE = re.compile(r"\\[xuU\r\n]")  # behind which a word may hide
_TAG = re.compile(r"!\S*\s+(?=\S)")
# The lines of a block, or the rest of the line.
_ANCHORED = r"&{name}[ \t]+(?:![^\s]*[ \t]+)?(?:[|>][^\n]*\n((?:[ \t]+[^\n]*\n?|\n)+)|([^\n]+))"
_looked_through: Recent[int, tuple[Node, list[str]]] = Recent(1 << 16, lambda *_: 1)  # by identity, its own as long as the node is kept


def may_hold_secrets(path: str, text: str) -> bool:
    """Whether anything may stand at a secret place: never False where `secrets_of` would find something."""
    return speaks_of_secrets(text) or holds_secrets(path) or bool(_ESCAPE.search(text))


def secrets_of(path: str, documents: Documents | None, text: str) -> frozenset[str]:
    """The texts at secret places, line by line; of a file that is one value as a whole, what stands behind a telling word.

    `text` is the file itself, which tells what an alias of YAML stands for.
    """
    found = spoken(text[:MOST_SEARCHED]) if documents is None else [_resolved(value, text) for value in _texts(documents, holds_secrets(path))]
    if documents is None and holds_secrets(path):
        found += text.split()[:1]
    lines = (line.strip() for value in found for line in value.splitlines())
    return frozenset(line for line in lines if _is_telling(line))


def _texts(node: Node, is_below: bool = False) -> list[str]:
    """All texts below, where `is_below` a secret place; else those at secret places. An entry that stands in many versions is looked through once."""
    if isinstance(node, str):
        return [node] if is_below else []
    if isinstance(node, list):
        return _of_list(node, is_below)
    if is_below:
        return _of_mapping(node, is_below)
    known = _looked_through[id(node)] or _looked_through.keep(id(node), (node, _of_mapping(node, is_below)))
    return known[1]


def _of_mapping(node: dict[str, Node], is_below: bool) -> list[str]:
    is_pair = "value" in node and any(isinstance(name := node.get(field), str) and holds_secrets(name) for field in ("name", "key"))
    is_object = node.get("kind") == "Secret"
    telling, about = _fields(tuple(node))
    if not (is_below or is_pair or is_object or telling):
        return [text for inner in node.values() if not isinstance(inner, str) for text in _texts(inner)]
    found: list[str] = []
    for key, inner in node.items():
        is_telling = is_below or key in telling or (is_pair and key == "value") or (is_object and key in _DATA)
        is_inside = is_telling and key not in about
        if is_inside or not isinstance(inner, str):
            found += _texts(inner, is_inside)
    return found


def _of_list(items: list[Node], is_below: bool) -> list[str]:
    found: list[str] = []
    is_asked = False  # by the flag before
    for item in items:
        if isinstance(item, str):
            if is_below or is_asked:
                found.append(item)
            is_asked = item.startswith("-") and _asks(item)
        else:
            found += _texts(item, is_below or is_asked)
            is_asked = False
    return found


@lru_cache(maxsize=4096)
def _fields(keys: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Which keys of a mapping are those of secrets, and which of what is said about one."""
    return frozenset(filter(is_secret_field, keys)), frozenset(filter(_ABOUT.search, keys))


@lru_cache(maxsize=4096)
def _asks(flag: str) -> bool:
    return is_secret(f"{flag} x") and not is_secret(flag)


def _resolved(value: str, text: str) -> str:
    """What a text at a secret place stands for: without its tag and quotes; of an alias what stands at its anchor."""
    value = value[tag.end() :] if (tag := _TAG.match(value)) else value
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        try:
            return str(json.loads(value))
        except json.JSONDecodeError:  # of a file of lines, where quotes are part of the text
            return value.strip('"')
    if value.startswith("*"):
        found = re.search(_ANCHORED.format(name=re.escape(value[1:])), text)
        return "\n".join((found[1] or "", (found[2] or "").strip("\"' "), *re.split(r"[\s,}\]\"']+", found[2] or ""))) if found else value
    return value


def _is_telling(text: str) -> bool:
    return len(text) >= SHORTEST and text.lower() not in _COMMON and not _NUMBER.fullmatch(text) and not _REFERENCE.match(text)
