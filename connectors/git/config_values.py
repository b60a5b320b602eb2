"""Which files are read key by key, and by what: YAML, JSON, TOML, properties, ini, environment, a setting on each line."""

import json
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import PurePosixPath

from connectors.git.config_tree import Documents, Literal, Node, Unreadable, tree_of

_EMPTY: tuple[Node, ...] = ({}, [], "null")
MOST_DOTS = 1000  # in a line of TOML: what `a.a.a…` costs grows with their square


@lru_cache(maxsize=4096)
def reader_of(path: str) -> Callable[[str], Node] | None:
    """What makes a tree of the text of a file of that name, or raises Unreadable; None where the file is one value as a whole."""
    from connectors.git import config_lines, config_yaml  # noqa: PLC0415 - this module is loaded by everybody, their libraries are not

    name = PurePosixPath(path).name.lower()
    readers = {
        ".yaml": config_yaml.documents_of,
        ".yml": config_yaml.documents_of,
        ".json": json_of,
        ".toml": toml_of,
        ".properties": config_lines.properties_of,
        ".env": config_lines.environment_of,
        ".ini": config_lines.ini_of,
        ".cfg": config_lines.directives_of,
        ".conf": config_lines.directives_of,
    }
    return readers.get(".env" if name.startswith(".env") else PurePosixPath(name).suffix)


def values_of(path: str, text: str) -> Documents | None:
    """What stands in a file of that name; None where the file is one value as a whole, be it for its name or for what it holds."""
    reader = reader_of(path)
    if not text:
        return Documents()
    try:
        node = reader(text) if reader else "a value as a whole"
    except Unreadable:
        return None
    documents = node if isinstance(node, Documents) else Documents([node])
    written = [document for document in documents if document not in _EMPTY]
    return None if any(isinstance(document, str) for document in written) else Documents(written)


def json_of(text: str) -> Node:
    """What stands in a JSON file."""
    try:
        return tree_of(json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=Literal))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"not JSON ({type(error).__name__})") from None


def toml_of(text: str) -> Node:
    """What stands in a TOML file."""
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise Unreadable(f"more than {MOST_DOTS} dots in a line")
    try:
        return tree_of(tomllib.loads(text, parse_float=Literal))
    except (RecursionError, ValueError) as error:  # an integer of more digits than Python reads is a ValueError, too
        raise Unreadable(f"not TOML ({type(error).__name__})") from None
