"""Words that mean nothing here: of a closed list (how a deploy ended, what kind of incident), and severities nothing maps."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.settings import Settings
from pipeline.toml_lines import quoted
from warehouse.store import Store
from warehouse.words_used import ListedWords, listed_words, severities

if TYPE_CHECKING:
    from transforms.health import Trouble

_MOST, _LONGEST = 5, 40  # words that are named, and letters of each


def unknown_words(settings: Settings, store: Store) -> "Iterator[Trouble]":
    """Each column of each source with such words once: which were found, which there are, and what follows. A person where most are such."""
    from transforms.health import Trouble  # noqa: PLC0415 - pandas takes seconds to import

    with store.reading() as connection:
        listed, graded = listed_words(connection), severities(connection)
    for one in listed:
        for source, words in one.counts.items():
            odd = Counter({word: rows for word, rows in words.items() if not one.expect.knows(word)})
            if odd and source in settings.sources:
                what, remedy = _told(one, odd)
                is_most = 2 * odd.total() > words.total()
                yield Trouble(where=f"source {source}", what=what, since=None, remedy=remedy, needs_person=is_most)
    ranked = {word.casefold() for word in settings.policy.severity}
    for source, words in graded.items():
        odd = Counter({word: rows for word, rows in words.items() if word.strip().casefold() not in ranked})
        if odd and source in settings.sources:
            what = f"nothing maps what it calls severities of incidents: {_named(odd)}"
            line = f"`severity = {{ {quoted(_short(odd.most_common(1)[0][0]))} = 1 }}`"
            remedy = f"Under [policy] write {line} with a rank, 1 the most severe, for every word you use; until then they count as below SEV2."
            yield Trouble(where=f"source {source}", what=what, since=None, remedy=remedy, needs_person=False)


def _told(one: ListedWords, odd: Counter[str]) -> tuple[str, str]:
    rows = f"{odd.total()} of its {one.table.replace('_', ' ')} {'has' if odd.total() == 1 else 'have'}"
    known = ", ".join(one.expect.among)
    return (
        f"{rows} a {one.column} that is no word we know: {_named(odd)}; {one.expect.otherwise}",
        f"Write one of these where they come from, and read that time again: {known}.",
    )


def _named(words: Counter[str]) -> str:
    frequent = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{quoted(_short(word))} ({rows})" for word, rows in frequent[:_MOST])
    return shown + (f" and {len(words) - _MOST} more" if len(words) > _MOST else "")


def _short(word: str) -> str:
    return word[:_LONGEST]
