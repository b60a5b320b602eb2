"""The ticket of a near miss: title and Markdown body. Our template is the only markup; foreign text stays in the evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from transforms.prompts.codes import code
from transforms.prompts.evidence import evidence
from transforms.prompts.facts import Hit, fact, in_words, rule
from transforms.prompts.parts import MEETING, QUOTED, THREAD, WHAT_THIS_IS, WHO, Context, answers, around, asked, footer, rest, zone_of
from transforms.prompts.plain import links, tame, titled
from transforms.prompts.questions import questions_for

SEVERE = 5  # stakes of an event as severe as a SEV2
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
    service = tame(finding.get("service"), "a service")
    form = MEETING if int(finding["stakes"]) >= SEVERE else THREAD
    parts = [
        f"You see this because {rule(first)}. We are {in_words(float(finding['confidence']))}. It may be nothing; saying so takes one click.",
        also(others),
        WHAT_THIS_IS,
        rest(context),
        QUOTED,
        evidence(hits, zone_of(context)),
        clickable(hits, context),
        around(context),
        asked(questions_for(first["detector"])),
        WHO.format(form=form),
        answers(),
        footer(finding["key"], context),
    ]
    return Draft(titled(f"[learning] {service}: {fact(first)}"), "\n\n".join(filter(None, parts)) + "\n", code(finding["key"]))


def leading(hits: Sequence[Hit]) -> list[Hit]:
    """One hit a detector, the surest first; on a tie a change comes before a page."""
    ordered = sorted(hits, key=lambda hit: (-float(hit["confidence"]), hit["family"] != "change", hit["detector"], hit["key"]))
    return list({hit["detector"]: hit for hit in reversed(ordered)}.values())[::-1]


def also(others: Sequence[Hit]) -> str:
    """What else belongs to the story, in a sentence each."""
    return " ".join(f"Also, {fact(hit)}." for hit in others[:ALSO])


def clickable(hits: Sequence[Hit], context: Context) -> str:
    """Links to where it was recorded, on hosts the organisation named."""
    urls = [url for hit in hits for url in links((hit.get("evidence") or {}).get("urls"), context.get("hosts", ()))]
    return "Links: " + " · ".join(f"<{url}>" for url in dict.fromkeys(urls[:6])) if urls else ""
