"""The ticket of a near miss: title and Markdown body. Our template is the only markup; foreign text stays in the evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from transforms.near_misses.catalogue import BY_CODE
from transforms.near_misses.scoring import prominence
from transforms.prompts.codes import code
from transforms.prompts.evidence import evidence
from transforms.prompts.facts import Hit, fact, seen, services
from transforms.prompts.parts import DISPOSITIONS, MEETING, QUOTED, THREAD, WHAT_THIS_IS, Context, answers, around, asked, footer, rest, who, zone_of
from transforms.words.confidence import in_words
from transforms.words.foreign_names import tame
from transforms.words.foreign_text import links, titled
from transforms.words.numbers import and_more

SEVERE = 5  # stakes of an event as severe as a SEV2
LINKS = 6
ALSO = 1  # further facts told outside the evidence


class Draft(NamedTuple):
    """A ticket to open. `code` is in the body, visible and hidden."""

    title: str
    body: str
    code: str


def draft(finding: Mapping[str, Any], hits: Sequence[Hit], context: Context) -> Draft:
    """The prompt for a near miss (a row of near_misses) and its hits (rows of near_miss_hits, at least one).

    At most 250 words outside the evidence; times in UTC and the team's zone; no person is named.
    """
    first, *others = leading(hits)
    kind = BY_CODE[first["detector"]]
    linked = clickable(hits, context)
    service = tame(finding.get("service"), "a service") + and_more(len(services(hits)) - 1, "service")
    form = MEETING if int(finding["stakes"]) >= SEVERE else THREAD
    parts = [
        f"You see this because {kind.rule}. We are {in_words(float(finding['confidence']))}. It may be nothing; saying so takes one line.",
        also(others, of_several=len(services(hits)) > 1),
        WHAT_THIS_IS,
        rest(context),
        QUOTED,
        evidence(hits, zone_of(context), linked),
        "Links: " + " · ".join(f"<{url}>" for url in linked) if linked else "",
        around(context),
        asked(kind.questions),
        who(form, is_owned=isinstance(finding.get("team"), str)),
        answers(DISPOSITIONS),
        footer(finding["key"], context, sorted({hit["detector"] for hit in hits})),
    ]
    return Draft(titled(f"[learning] {service}: {fact(first)}"), "\n\n".join(filter(None, parts)) + "\n", code(finding["key"]))


def leading(hits: Sequence[Hit]) -> list[Hit]:
    """One hit a detector, the surest first; on a tie a change comes before a page."""
    ordered = sorted(
        hits,
        key=lambda hit: prominence(float(hit["confidence"]), hit["family"], hit["detector"], hit["started_at"], str(hit.get("service") or "")),
    )
    return list({hit["detector"]: hit for hit in reversed(ordered)}.values())[::-1]


def also(others: Sequence[Hit], *, of_several: bool) -> str:
    """What else belongs to the story, in a sentence each; whose it is where the story has several services."""
    whose = [f" in {tame(hit.get('service'), 'a service')}" if of_several else "" for hit in others]
    return " ".join(f"Also{where}, {fact(hit)}." for where, hit in zip(whose[:ALSO], others, strict=False))


def clickable(hits: Sequence[Hit], context: Context) -> list[str]:
    """Addresses of where it was recorded, on hosts the organisation named."""
    ordered = sorted(hits, key=lambda hit: (hit["started_at"], hit["key"]))
    urls = [url for hit in ordered for url in links(seen(hit).get("urls"), context.get("hosts", ()))]
    return list(dict.fromkeys(urls))[:LINKS]
