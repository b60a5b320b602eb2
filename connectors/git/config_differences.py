"""Two states of a file of settings -> what differs, key by key. An item of a list is known by its name, never by its position.

A state is a tree; None is what is not there.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, zip_longest

from connectors.disclosure import Place
from connectors.git.config_tree import Documents, Node
from connectors.secret_forms import LONGEST_NAME, is_secret_field

Difference = tuple[Place, str | None, str | None]
Names = dict[str, list[Node]]

# What an item calls itself, in the order in which it is looked for.
NAMES = ("name", "id", "key", "uid", "alert", "record", "job_name")
_written = json.JSONEncoder(ensure_ascii=False).encode  # made once: `json.dumps` makes one for each text


def differences(old: Node | None, new: Node | None, place: Place) -> Iterator[Difference]:
    """Every place with another value than before, with both values.

    Items of a list that have no name are one value of the list together, in whatever order they stand.
    """
    if isinstance(old, Documents) and isinstance(new, Documents):
        for name, number, one, other in _paired(_documents(old), _documents(new)):
            yield from differences(one, other, _document(place, name, number))
        return
    (our_value, our_items), (their_value, their_items) = _parted(old), _parted(new)
    if our_value != their_value:
        before, after = (None if value is None else _canonical(value) for value in (our_value, their_value))
        if before != after:
            yield place, before, after
    ours, theirs = (node if isinstance(node, dict) else {} for node in (old, new))
    for key in ours | theirs:
        one, other = ours.get(key), theirs.get(key)
        if one != other:
            yield from differences(one, other, place.key(key))
    for name, number, one, other in _paired(our_items, their_items):
        yield from differences(one, other, place.item(name, number=number, has_secret=_has_secret(one) or _has_secret(other)))


def _documents(documents: Documents) -> Names:
    names: Names = defaultdict(list)
    for document in documents:
        names[object_of(document) or ""].append(document)
    return names


def _parted(node: Node | None) -> tuple[Node | None, Names]:
    """The value that stands at a place itself: a text, an empty mapping or list, items without a name; and the items that have one.

    None where only places below have values.
    """
    if not isinstance(node, list):
        return (None if isinstance(node, dict) and node else node), {}
    nameless: list[Node] = []
    names: Names = defaultdict(list)
    for item in node:
        name = name_of(item)
        (nameless if name is None else names[name]).append(item)
    return (nameless if nameless or not node else None), names


def _has_secret(item: Node | None) -> bool:
    return isinstance(item, dict) and any(isinstance(value, str) and is_secret_field(key) for key, value in item.items())


def _canonical(node: Node) -> str:
    return _text(_sorted(node))


def _sorted(node: Node) -> Node:
    if isinstance(node, str):
        return node
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    items = [_sorted(item) for item in node]
    return sorted(items, key=_text)


def _text(node: Node) -> str:
    return node if isinstance(node, str) else _written(node)


def object_of(node: Node) -> str | None:
    """Kind, namespace and name of an object of Kubernetes; None for what is none."""
    if not isinstance(node, dict):
        return None
    kind, about = node.get("kind"), node.get("metadata")
    if not (isinstance(kind, str) and isinstance(about, dict)):
        return None
    name = about.get("name", about.get("generateName"))
    if not isinstance(name, str):
        return None
    namespace = about.get("namespace")
    return "/".join((kind, namespace, name) if isinstance(namespace, str) else (kind, name))


def name_of(item: Node) -> str | None:
    """What an item of a list calls itself; None where it has no name."""
    if not isinstance(item, dict):
        return None
    names = (name for field in NAMES if isinstance(name := item.get(field), str))
    return object_of(item) or next((name for name in names if name != "null" and 0 < len(name) <= LONGEST_NAME), None)


def _document(place: Place, name: str, number: int) -> Place:
    if name:
        return place.document(name, number)
    return place.item(str(number)) if number > 1 else place


def _paired(old: Names, new: Names) -> Iterator[tuple[str, int, Node | None, Node | None]]:
    """What differs between two lists: name, the how manieth of that name, both sides."""
    for name in old | new:
        ones, others = old.get(name, []), new.get(name, [])
        if ones == others:
            continue
        if len(ones) <= 1 and len(others) <= 1:
            yield name, 1, next(iter(ones), None), next(iter(others), None)
        else:
            yield from _repeated(name, ones, others)


def _repeated(name: str, ones: list[Node], others: list[Node]) -> Iterator[tuple[str, int, Node | None, Node | None]]:
    # What is unchanged keeps its number and the rest is taken in order, so what is put before others moves none of them.
    numbers: dict[str, list[int]] = defaultdict(list)
    for number in range(len(ones), 0, -1):
        numbers[_canonical(ones[number - 1])].append(number)
    changed = [other for other in others if not (same := numbers[_canonical(other)]) or not same.pop()]
    free = sorted(number for same in numbers.values() for number in same)
    added = count(len(ones) + 1)
    for number, other in zip_longest(free, changed):
        yield name, number or next(added), ones[number - 1] if number else None, other
