"""Files with a setting on each line, each by the grammar of its own format.

What stands in a line without a separator may be the rest of a value: all of it is one value of its section, of several lines and so never shown.
"""

import configparser
import re
from collections.abc import Iterable
from io import StringIO

import javaproperties
from dotenv.parser import parse_stream

from connectors.git.config_tree import Node, Unreadable

_ROOT = "\0"  # the section before the first; no text file has this letter
_SECTION = re.compile(r"\s*(?:[#;][^\n]*\n\s*)*\[[^\]\n]+\]\s*$", re.MULTILINE)
# A word and a value in one line, nothing that could go on in the next.
_SETTING = re.compile(r"([A-Za-z][\w.-]{0,63})(?:[ \t]*[=:][ \t]*|[ \t]+)(\S.*)")
_SEPARATED = re.compile(r"\s*(?:(?:\\.|[^\s=:\\])*\s*[=:]|[\w-]+\.[\w.-]+\s)", re.DOTALL)
_QUOTES = "\"'`"
_GOES_ON = re.compile(r"\\$|<<|[{}(\[,=:]$")


def properties_of(text: str) -> Node:
    """A file of java.util.Properties. Where only a blank separates, the first word is a name if it has dots: else it may be the rest of a value."""
    try:
        lines = [line for line in javaproperties.parse(text) if isinstance(line, javaproperties.KeyValue)]
    except javaproperties.InvalidUEscapeError:
        raise Unreadable("not a properties file: an escape that is none") from None
    return _settings((line.key, line.value) if _SEPARATED.match(line.source) else (line.source, None) for line in lines)


def environment_of(text: str) -> Node:
    """A file of environment variables, nothing in it replaced."""
    settings = []
    for line in parse_stream(StringIO(text)):
        if line.error:
            raise Unreadable("not a file of environment variables")
        if line.key is not None:
            settings.append((line.key, line.value))
    return _settings(settings)


def ini_of(text: str) -> Node:
    """An ini file. One that names a setting or a section twice is for another reader, which may count both."""
    parser = configparser.RawConfigParser(default_section="", allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(f"[{_ROOT}]\n{text}")
    except configparser.Error as error:
        raise Unreadable(f"not an ini file ({type(error).__name__})") from None
    root, *sections = ((name, _settings(parser.items(name))) for name in parser.sections())
    settings = root[1] | dict(sections)
    if len(settings) < len(root[1]) + len(sections):
        raise Unreadable("a section and a setting of one name")
    return settings


def directives_of(text: str) -> Node:
    """A file whose lines are a word and its value; an ini file where it begins with a section. Anything richer is Unreadable."""
    if _SECTION.match(text):
        return ini_of(text)
    named: dict[str, list[Node]] = {}
    nameless = []
    for line in re.split(r"\r?\n", text):
        if not line.strip() or line.lstrip()[0] in "#;!":
            continue
        found = _SETTING.fullmatch(line)
        is_whole = all(line.count(quote) % 2 == 0 for quote in _QUOTES) and not _GOES_ON.search(line.rstrip())
        if not is_whole or not (found or re.fullmatch(r"\S+\s*", line)):
            raise Unreadable("more than a word and its value in a line")
        if found:
            named.setdefault(found[1], []).append(found[2].strip())
        else:
            nameless.append((line, None))
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()} | _settings(nameless)


def _settings(pairs: Iterable[tuple[str, str | None]]) -> dict[str, Node]:
    settings: dict[str, Node] = {}
    nameless = []
    for name, value in pairs:
        if value is None:
            nameless.append(f"{name}\n")
        else:
            settings[name] = value
    return settings | ({"": "".join(sorted(nameless))} if nameless else {})
