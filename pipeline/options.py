"""What is wrong with a source or tracker in soundings.toml that only its connector can say: there is none, or it has no such option."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors import registry
from pipeline.advice import nearest
from pipeline.configuration import File, SourceLine, TrackerLine, options_of
from pipeline.references import Problem
from pipeline.sound_part import option_problems


def connector_problems(file: File, *, is_missing_wrong: bool) -> Iterator[Problem]:
    """Key and advice for each. Whether a connector that is not known is wrong, too, where it may be one of those that cannot be used."""
    for kind, name, line, known in _lines(file):
        if line.use in known:
            function = known[line.use].pull if kind == "sources" else known[line.use][0].__init__
            yield from _of((kind, name), function, line)
        elif is_missing_wrong or not registry.unusable():
            yield (kind, name, "use"), _unknown(kind.removesuffix("s"), line.use, known)


def _lines(file: File) -> Iterator[tuple[str, str, SourceLine | TrackerLine, Mapping[str, Any]]]:
    for kind, known in (("sources", registry.sources()), ("trackers", registry.trackers())):
        for name, line in getattr(file, kind).items():
            yield kind, name, line, known


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    words = [f"there is no {kind} {name!r};", nearest(name, known, likeness=0.75)]  # gitlab is not github
    if kind == "source" and name.isidentifier():
        words.append(f"`soundings new-source {name}` begins one.")
    words.append(f"A {kind} is one file, here or in a package of its own (CONTRIBUTING.md)")
    words += [f"Not to be used: {what}: {why}." for what, why in registry.unusable().items()]
    return " ".join(words)


def _of(table: tuple[str, str], function: Callable[..., Any], line: SourceLine | TrackerLine) -> Iterator[Problem]:
    options = options_of(function, skip=2)
    for place, words in option_problems(options, line.options, (*type(line).model_fields, *options.model_fields)):
        yield (*table, *place), words
