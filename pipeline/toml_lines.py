"""Where in a TOML text a key stands, so that an error can name its line."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*\[\[?([^\]]+)\]")
_KEY = re.compile(r"""^\s*("[^"]+"|'[^']+'|[\w.-]+)\s*=""")


def line_of(text: str, keys: Sequence[str]) -> int:
    """The number of the line where this key, or the nearest table around it, stands; 1 where nothing of it does."""
    best, depth, table = 1, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = here = _parts(header[1])
        elif key := _KEY.match(line):
            here = [*table, *_parts(key[1])]
        else:
            continue
        if len(here) > depth and list(keys[: len(here)]) == here:
            best, depth = number, len(here)
    return best


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"""\s*(?:"[^"]*"|'[^']*'|[^."']+)""", dotted)]
