"""YAML as a tree. Nothing is constructed and an alias stays a name, so that a small file cannot become a large one.

A large file is mostly what it was one commit before: it is cut where its entries begin, and each of them is read once. A cut where there is none,
inside of quotes or brackets, leaves a piece that is no YAML; then the whole is read at once. A piece is without the newline that ends it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar, cast

import yaml

from connectors.git.config_tree import DEEPEST, Documents, Node, Unreadable, text_value
from connectors.git.recent import Recent

LARGE = 2048  # characters: a file that is smaller is read at once
SMALL = 256  # characters: and so is an entry
MOST_CUTS = 8  # levels

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_STANDARD = "tag:yaml.org,2002:"
_DOCUMENT = re.compile(r"\n---[ \t]*(?:#[^\n]*)?(?=\n)")
_MARK = re.compile(r"\n(?:---|\.\.\.|%)")
_COMMENTS = re.compile(r"(?:\n[ ]*(?:#[^\n]*)?)*")
_PLAIN = r"[^\s#?:{}\[\],&*!|>%@`-]"  # what an entry begins with that needs no other to be understood
_ITEM = r"-(?![^ \n])"
_FIRST = re.compile(rf"(?:[ ]*(?:#[^\n]*)?\n)*?( *)({_ITEM}|{_PLAIN})")
_HEAD = re.compile(r" *([A-Za-z0-9_./-]+):[ ]*(?:#[^\n]*)?\n")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_USUAL = frozenset({"!", *(f"{_STANDARD}{name}" for name in ("str", "map", "seq"))})
N = TypeVar("N", dict[str, Node], list[Node])
# Apart from each other: large entries change with nearly every version, and would soon drive out what many of them have in common.
_entries: Recent[str, Node] = Recent(32 << 20, lambda text, _: len(text))
_leaves: Recent[str, Node] = Recent(4 << 20, lambda text, _: len(text))


def documents_of(text: str) -> Documents:
    """The documents of a YAML file. Raises Unreadable for what is no YAML, too deep, or has a mapping as a key (a template)."""
    cut = _cut(text[:-1]) if len(text) > LARGE and text.endswith("\n") else None
    return Documents(_read(text) if cut is None else cut)


def _cut(text: str) -> list[Node] | None:
    whole = f"\n{text}"
    parts = [whole]
    if _MARK.search(whole):
        parts = [part for part in _DOCUMENT.split(whole) if not _COMMENTS.fullmatch(part)]
        if any(map(_MARK.search, parts)):
            return None
    try:
        return [_tree(part) for part in parts]
    except Unreadable:
        return None  # read as a whole, it may be readable


def _tree(text: str, level: int = 0, below: int = -1) -> Node:
    """One mapping or list, entry by entry. Raises Unreadable where it is none, cannot be cut, or lies no deeper than `below`."""
    first = _FIRST.match(text)
    if first and len(first[1]) + (first[2] == "-") <= below:
        raise Unreadable("cut where nothing lies below")
    if not first or len(text) <= SMALL or level > MOST_CUTS:
        return _one(text)
    indent, is_list = len(first[1]), first[2] == "-"
    entries = _edge(indent, is_list).split(text[first.start(1) :])
    if len(entries) == 1:  # as new as the text around it
        nodes = [_entry(entries[0], indent, level)]
    else:
        nodes = [_entries[entry] or _entries.keep(entry, _entry(entry, indent, level)) for entry in entries]
    if is_list:
        return [item for node in nodes for item in _a(list, node)]
    return {key: value for node in nodes for key, value in _a(dict, node).items()}


@lru_cache
def _edge(indent: int, is_list: bool) -> re.Pattern[str]:
    return re.compile(rf"\n(?= {{{indent}}}(?:{_ITEM if is_list else _PLAIN}))")


def _entry(text: str, indent: int, level: int) -> Node:
    """An item of a list, or a key with its value: cut further where the value is itself a mapping or a list and begins in the next line."""
    if len(text) > SMALL:
        with suppress(Unreadable):  # then it may be readable as a whole
            if text[indent] == "-":
                return [_tree(f"{text[:indent]} {text[indent + 1 :]}", level + 1, indent)]
            if head := _HEAD.match(text):
                return {_plain(head[1]): _tree(text[head.end() :], level + 1, indent)}
    return _one(text)


def _a(kind: type[N], node: Node) -> N:
    if not isinstance(node, kind):
        raise Unreadable("cut where no entry begins")
    return node


def _one(text: str) -> Node:
    """A piece that is read at once."""
    if (known := _leaves[text]) is not None:
        return known
    documents = _read(f"{text}\n")
    if len(documents) != 1:
        raise Unreadable("cut where no document ends")
    return _leaves.keep(text, documents[0])


def _read(text: str) -> list[Node]:
    """The documents of a text that is read at once."""
    try:
        return _built(iter(_LOADER(text).get_event, None))
    except yaml.YAMLError as error:
        raise Unreadable(f"not YAML ({type(error).__name__})") from None


def _built(events: Iterator[Any]) -> list[Node]:
    documents: list[Node] = []
    open_ones: list[list[Node]] = [documents]
    tags: list[str] = []
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            open_ones[-1].append(_scalar(event))
        elif kind is yaml.AliasEvent:
            open_ones[-1].append(f"*{event.anchor}")
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            open_ones.append([])
            tags.append(_tag(event.tag))
            if len(tags) > DEEPEST:
                raise Unreadable(f"more than {DEEPEST} levels deep")
        elif kind is yaml.MappingEndEvent:
            items, tag = open_ones.pop(), tags.pop()
            open_ones[-1].append({tag: _mapping(items)} if tag else _mapping(items))
        elif kind is yaml.SequenceEndEvent:
            items, tag = open_ones.pop(), tags.pop()
            open_ones[-1].append(f"{tag} {json.dumps(items, ensure_ascii=False)}" if tag else items)
    return documents


def _mapping(items: list[Node]) -> Node:
    keys = items[::2]
    if not all(isinstance(key, str) for key in keys):
        raise Unreadable("a mapping or a list as a key")
    return dict(zip(cast("list[str]", keys), items[1::2], strict=True))


def _scalar(event: Any) -> str:
    tag = event.tag and _tag(event.tag)
    if tag:
        return f"{tag} {event.value}"
    return _plain(event.value) if event.implicit[0] else text_value(event.value)


def _plain(text: str) -> str:
    return "null" if text in _NULLS else text


def _tag(tag: str | None) -> str:
    """The tag as it is written; empty where it says no more than what is there."""
    if tag is None or tag in _USUAL:
        return ""
    return f"!!{tag.removeprefix(_STANDARD)}" if tag.startswith(_STANDARD) else tag
