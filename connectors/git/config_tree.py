"""What stands in a file of settings, as a tree: mappings, lists, and texts that say their type.

Every value stays the text it is in the file (`on`, `1.10`, a date); a text that could be taken for something else stands in quotes (`"123"`, `"no"`,
`"null"`), so that no value changes its type unseen.
"""

import json
import re
from typing import Any, TypeAlias

DEEPEST = 100
Node: TypeAlias = dict[str, "Node"] | list["Node"] | str

# What YAML (1.1 or 1.2), JSON or TOML reads as something else than text where it stands without quotes.
_OTHER = re.compile(
    r"|~|null|true|false|yes|no|on|off|y|n|[-+]?\.?\d[\d_.,:xobA-F+-]*|\d{4}-\d\d?-\d\d?[T\s].*|[-+]?\.?(?:inf(?:inity)?|nan)|[\[{\"!*&|>'].*",
    re.IGNORECASE | re.DOTALL,
)


class Unreadable(ValueError):
    """The text is not what the name of its file says, or is no plain settings (a template). The message has nothing of the content."""


class Literal(str):
    """What stands in a file without quotes and is no text, such as a number."""

    __slots__ = ()


class Documents(list[Node]):
    """What stands in a file one after the other."""


def tree_of(value: Any, depth: int = 0) -> Node:
    """What a parser gave, as a tree. Raises Unreadable for what is too deep."""
    if depth > DEEPEST:
        raise Unreadable(f"more than {DEEPEST} levels deep")
    if isinstance(value, dict):
        return {key: tree_of(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [tree_of(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return str(value) if isinstance(value, Literal) else text_value(value)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def text_value(text: str) -> str:
    """A text, in quotes where it could be taken for something else."""
    return json.dumps(text, ensure_ascii=False) if _OTHER.fullmatch(text) else text
