"""Configuration files as flat keys and values, every value as the text that stands in the file: `on`, `1.10` and dates are not interpreted."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any, TypeVar

LINES = (".properties", ".ini", ".cfg", ".conf", ".env")
NAMES = ("name", "id", "key")
KEY = re.compile(r"^\s*(?:export\s+)?([^=:]*?)\s*[=:]\s*(.*?)\s*$")
DEEPEST = 100
T = TypeVar("T")


class Unreadable(ValueError):
    """The file is not what its name says. The message holds the parser's reason and place, and nothing of the content."""


def values_of(path: str, text: str) -> dict[str, str]:
    """Key -> value of a YAML, JSON, TOML, properties, INI or environment file; of any other file its whole text under the empty key.

    Keys are joined by dots; items of a list of named things by their name (`env[LOG_LEVEL].value`), other items by their number;
    a list of plain values is one value. A key that stands twice has its last value. Raises Unreadable.
    """
    name = PurePosixPath(path).name.lower()
    suffix = ".env" if name.startswith(".env") else PurePosixPath(name).suffix
    if suffix in {".yaml", ".yml"}:
        return _documents(_read(_yaml, text))
    if suffix == ".json":
        return dict(_flat(_read(lambda text: json.loads(text, parse_float=str, parse_int=str, parse_constant=str), text)))
    if suffix == ".toml":
        return dict(_flat(_read(lambda text: tomllib.loads(text, parse_float=str), text)))
    return dict(_lines(text)) if suffix in LINES else {"": text}


def _read(parser: Callable[[str], T], text: str) -> T:
    from yaml import YAMLError  # noqa: PLC0415 - this module is loaded by everybody

    try:
        return parser(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg} in line {error.lineno}") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at [^()]*\)$", str(error))
        raise Unreadable(f"not TOML {place[0] if place else ''}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Unreadable(
            f"not YAML: {getattr(error, 'problem', 'a character that cannot stand there')} in line {mark.line + 1 if mark else '?'}"
        ) from None
    except (RecursionError, ValueError) as error:  # an integer of more digits than Python reads is a ValueError
        raise Unreadable(f"not readable: {type(error).__name__}") from None


def _yaml(text: str) -> list[Any]:
    # Events, not objects: nothing is constructed, an alias stays a name, so a small file cannot become a large one.
    import yaml  # noqa: PLC0415 - this module is loaded by everybody

    documents: list[Any] = []
    open_ones: list[list[Any]] = []
    anchors: dict[str, str] = {}
    for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        if isinstance(event, yaml.DocumentStartEvent):
            open_ones = [[]]
        elif isinstance(event, yaml.DocumentEndEvent):
            documents.extend(open_ones[0])
        elif isinstance(event, yaml.CollectionStartEvent):
            open_ones.append([isinstance(event, yaml.MappingStartEvent)])
            _not_deeper(len(open_ones))
        elif isinstance(event, yaml.CollectionEndEvent):
            is_mapping, *items = open_ones.pop()
            open_ones[-1].append(_pairs(items) if is_mapping else items)
        elif isinstance(event, yaml.AliasEvent):
            open_ones[-1].append(anchors.get(str(event.anchor), f"*{event.anchor}"))
        elif isinstance(event, yaml.ScalarEvent):
            open_ones[-1].append(event.value)
            if event.anchor:
                anchors[event.anchor] = event.value
    return documents


def _pairs(items: list[Any]) -> dict[str, Any]:
    return {key if isinstance(key, str) else json.dumps(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


def _not_deeper(depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable(f"more than {DEEPEST} levels deep")


def _documents(documents: list[Any]) -> dict[str, str]:
    # Objects of Kubernetes keep their name when another one is put before them in the file.
    values: dict[str, str] = {}
    for at, document in enumerate(documents):
        flat = dict(_flat(document))
        kind, name = flat.get("kind"), flat.get("metadata.name")
        prefix = f"{kind}/{name}:" if kind and name else f"[{at}]." if at else ""
        prefix = f"[{at}]{prefix}" if any(key.startswith(prefix) for key in values) and prefix else prefix
        values.update((prefix + key, value) for key, value in flat.items())
    return values


def _flat(value: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    _not_deeper(depth)
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for label, inner in zip(_labels(value), value, strict=True):
            yield from _flat(inner, f"{prefix}[{label}]", depth + 1)
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _labels(items: list[Any]) -> list[str]:
    for name in NAMES:
        labels = [item.get(name) for item in items if isinstance(item, dict) and isinstance(item.get(name), str)]
        if len(set(labels)) == len(items):
            return [str(label) for label in labels]
    return [str(number) for number in range(len(items))]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in re.sub(r"\\\r?\n\s*", "", text).splitlines():
        bare = line.strip()
        if bare.startswith("[") and bare.endswith("]"):
            section = f"{bare[1:-1].strip()}."
        elif bare and bare[0] not in "#;!":
            match = KEY.match(bare)
            key, value = match.groups() if match else (bare, "")
            yield section + key, value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
