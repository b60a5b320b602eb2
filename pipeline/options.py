"""What is wrong with a source or tracker in soundings.toml that only its connector can say: there is none, or it has no such option."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors import registry
from pipeline.advice import nearest
from pipeline.configuration import File, SourceLine, TrackerLine, options_of
from pipeline.references import Problem
from pipeline.sound_part import option_problems


def connector_problems(file: File) -> Iterator[Problem]:
    """Key and advice for each."""
    sources, trackers = registry.sources(), registry.trackers()
    for name, line in file.sources.items():
        if line.use not in sources:
            yield ("sources", name, "use"), _unknown("source", line.use, sources)
        else:
            yield from _of(("sources", name), sources[line.use].pull, line)
    for name, tracker in file.trackers.items():
        if tracker.use not in trackers:
            yield ("trackers", name, "use"), _unknown("tracker", tracker.use, trackers)
        else:
            yield from _of(("trackers", name), trackers[tracker.use][0].__init__, tracker)


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
