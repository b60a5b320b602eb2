"""Lines of TOML: where a key stands, so that an error can name its line, and how foreign text is written into one."""

import json
import re
from collections.abc import Callable, Sequence

_HEADER = re.compile(r"^\s*\[\[?([^\]]+)\]")
_KEY = re.compile(r"""^\s*("[^"]+"|'[^']+'|[\w.-]+)\s*=""")


def lines_of(text: str) -> Callable[[Sequence[str]], int]:
    """What gives the number of the line where a key, or the nearest table around it, stands; 1 where nothing of it does."""
    first: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            first.setdefault(table := _parts(header[1]), number)
        elif key := _KEY.match(line):
            first.setdefault((*table, *_parts(key[1])), number)
    return lambda keys: next((first[here] for depth in range(len(keys), 0, -1) if (here := tuple(keys[:depth])) in first), 1)


def quoted(text: str) -> str:
    """The text as a value."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def printable(text: str) -> str:
    """The text as a comment may hold it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""\s*(?:"[^"]*"|'[^']*'|[^."']+)""", dotted))
