"""Two states of a file of settings -> what differs, key by key. An item of a list is known by its name, never by its position.

A state is a tree; None is what is not there.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, zip_longest
from operator import itemgetter

from connectors.disclosure import Place
from connectors.git.config_tree import Documents, Node
from connectors.git.recent import Recent
from connectors.secret_forms import LONGEST_NAME, is_secret_field

Difference = tuple[Place, str | None, str | None]
Names = dict[str, list[Node]]

# What an item calls itself, in the order in which it is looked for.
NAMES = ("name", "id", "key", "uid", "alert", "record", "job_name")
_quoted = json.JSONEncoder(ensure_ascii=False).encode  # made once: `json.dumps` makes one for each text
# By identity, its own as long as the list is kept: what a commit made of a list is what the next one changes.
_lists: Recent[int, tuple[Node, str | None, Names]] = Recent(4 << 20, lambda _, kept: len(kept[1] or "") + 100 * len(kept[2]))


def differences(old: Node | None, new: Node | None, place: Place) -> Iterator[Difference]:
    """Every place with another value than before, with both values.

    Items of a list that have no name are one value of the list together, in whatever order they stand.
    """
    if isinstance(old, Documents) and isinstance(new, Documents):
        for name, number, one, other in _paired(_documents(old), _documents(new)):
            yield from differences(one, other, _document(place, name, number))
        return
    (before, our_items), (after, their_items) = _parted(old), _parted(new)
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


def _parted(node: Node | None) -> tuple[str | None, Names]:
    """The value that stands at a place itself: a text, an empty mapping or list, items without a name; and the items that have one.

    None where only places below have values.
    """
    if isinstance(node, list):
        _, value, names = _lists[id(node)] or _lists.keep(id(node), (node, *_listed(node)))
        return value, names
    return (None if node is None or (isinstance(node, dict) and node) else _canonical(node)), {}


def _listed(items: list[Node]) -> tuple[str | None, Names]:
    nameless: list[Node] = []
    names: Names = defaultdict(list)
    for item in items:
        name = name_of(item)
        (nameless if name is None else names[name]).append(item)
    return (_canonical(nameless) if nameless or not items else None), names


def _has_secret(item: Node | None) -> bool:
    return isinstance(item, dict) and any(isinstance(value, str) and is_secret_field(key) for key, value in item.items())


def _canonical(node: Node) -> str:
    """The same text for the same value, in whatever order its keys and items stand."""
    return node if isinstance(node, str) else _json(node)


def _json(node: Node) -> str:
    if isinstance(node, str):
        return _quoted(node)
    if isinstance(node, dict):
        return f"{{{', '.join([f'{_quoted(key)}: {_json(node[key])}' for key in sorted(node)])}}}"
    items = sorted([(_canonical(item), isinstance(item, str)) for item in node], key=itemgetter(0))
    return f"[{', '.join([_quoted(text) if is_text else text for text, is_text in items])}]"


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
