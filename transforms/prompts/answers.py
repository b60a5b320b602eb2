"""What people answered, read back from the ticket as they edited it. Quoted and hidden text never counts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from signals.automation import is_program
from transforms.prompts.parts import DISPOSITIONS, LEARNED, REST_DISPOSITIONS, TALKED
from transforms.words.foreign_text import visible
from transforms.words.lint import outside_evidence

LEARNING_LENGTH = 500
Comment = tuple[str, datetime, str]  # author, at, text

_TICKED = re.compile(r"^\s*[-*+] \[[xX]\]\s*(.+?)\s*$", re.MULTILINE)
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_ALL = tuple(dict.fromkeys(DISPOSITIONS + REST_DISPOSITIONS))
_SAME = {"not a surprise": "known and fine"}  # an earlier form of it
_WORDS = "|".join(sorted({*_ALL, *_SAME}, key=len, reverse=True))
# The words at the beginning, however they are set; then an end, a mark or a sign, and no further word but "of". A question is no answer.
_STATED = re.compile(rf"[^\w?]*(?:\d{{1,2}}[.)]\s+)?[^\w?]*({_WORDS})(?:\s*(?:$|\n|[^\w\s?])| of\b)", re.IGNORECASE)
_LEARNED = re.compile(
    rf"(?:{re.escape(LEARNED)}|^\W*(?:we )?learn(?:ed|t):)[*_]*[ \t]*(.*?)(?=\n\s*Thank you\.|\n\s*LO-|\Z)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_MANY = 2  # people who make it a conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`level` R1: somebody looked at it; R2: two or more talked, or one says so, with a line. `answered_at` None: where only the body was edited."""

    dispositions: tuple[str, ...]
    learning: str | None
    level: str
    answered_at: datetime | None = None
    actor_kind: str = "human"


def answer(body: str, comments: Sequence[Comment], *, ours: str | None = None) -> Answer | None:
    """What people said in a ticket, None where they have not yet. Comments of `ours` and of programs are no people's."""
    said = [(author, at, own_words(text)) for author, at, text in comments if author != ours and not is_program(author)]
    stated = [(at, match) for _, at, text in said if (match := _STATED.match(text))]
    text = own_words(body)
    lines = [tick for words in (text, *(words for _, _, words in said)) for tick in _TICKED.findall(words)]
    ticked = [match for line in lines if (match := _STATED.match(line))]
    chosen = {_SAME.get(word, word) for match in (*ticked, *(match for _, match in stated)) if (word := match[1].casefold())}
    learning = next(learnings(text, said), None)
    is_talked = any(line.casefold().startswith(TALKED) for line in lines)
    if not chosen & set(_ALL) and learning is None and not is_talked:
        return None
    return Answer(
        dispositions=tuple(disposition for disposition in _ALL if disposition in chosen),
        learning=learning,
        level="R2" if learning and (is_talked or len({author for author, _, _ in said}) >= _MANY) else "R1",
        answered_at=max((at for at, _ in stated), default=None),
    )


def learnings(body: str, said: Sequence[Comment]) -> Iterator[str]:
    """Learning lines: the free line of the body, then those of comments. What follows a disposition is its reason."""
    lines = [match[1] for text in (body, *(text for _, _, text in said)) for match in _LEARNED.finditer(text)]
    for line in lines:
        plain = " ".join(visible(line).split()).strip(" -–—:*_")
        if plain:
            yield plain[:LEARNING_LENGTH]


def own_words(text: str) -> str:
    """The text without fences, hidden comments and quoted lines."""
    shown = _HIDDEN.sub("", outside_evidence(text.replace("\r\n", "\n")))
    return "\n".join(line for line in shown.split("\n") if not line.lstrip().startswith(">"))
