import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import html5lib
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from tests.transforms.report_week import AS_OF, ESTATE, WEEK, frames
from transforms.events import Events
from transforms.policy import Policy
from transforms.report import figures, html, markdown
from transforms.report.contents import FunnelWeek, Opportunities, Tier
from transforms.report.phrases import sentence
from transforms.report.picture import NARROW, WIDE, picture, strip
from transforms.words.lint import flaws

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
NOT_RUNNABLE = {"NM-03": {"*": "no config changes"}, "NM-13": {"history": "no acknowledged_at"}}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=//evil.example/x onerror=alert(1)>',
    "</title></style><svg onload=alert(1)>",
    "@channel [x](javascript:alert(1)) ![i](https://evil.example/i.png) <https://evil.example>",
    "# Heading\n\n- list\n\n| a | b |\n|---|---|",
    "1. one `code` **bold** ~~gone~~ https://evil.example www.evil.example",
    "{{ 7 * 7 }} {% raw %}",
    "right\u202eleft \U000e0041 \x00 \ud800 \x1b[31m",
)


def of(tables, **changes):
    return figures(Events(tables, ESTATE, Policy()), **({"week": WEEK, "as_of": AS_OF, "not_runnable": NOT_RUNNABLE} | changes))


@pytest.fixture(scope="module")
def report():
    return of(frames())


@pytest.fixture(scope="module")
def page(report):
    return html(report)


@pytest.fixture(scope="module")
def tree(page):
    return parsed(page)


def parsed(page):
    return html5lib.HTMLParser(strict=True).parse(page)


def words(element):
    return " ".join(" ".join(element.itertext()).split())


def prose(page):
    body = parsed(page).find(f"{XHTML}body")
    return words(body)


def hostile(attack):
    tables = frames(weeks=3, busy=0.3)
    tables["near_misses"] = tables["near_misses"].assign(summary=attack, service=attack, state="invited", review_level="R0")
    tables["reviews"] = tables["reviews"].assign(learning=attack, service=attack, url=f"https://x.example/{attack}")
    tables["prompts"] = tables["prompts"].assign(url="javascript:alert(1)", withheld_reason=attack)
    tables["quarantine"] = tables["quarantine"].assign(reason=attack)
    tables["pulls"] = tables["pulls"].assign(detail=attack, degraded=[{attack: attack}] * len(tables["pulls"]))
    tables["shifts"] = tables["shifts"].assign(schedule=tables["shifts"]["schedule"] + attack)
    return of(tables, not_runnable={attack: {attack: attack}})


def test_a_week_of_incidents_alone_names_them_and_does_not_say_that_nothing_waits():
    at = {"source": "p", "kind": "real", "severity_max": "SEV3", "service": "search", "url": "https://p.example/1"}
    incidents = [at | {"native_id": str(n), "declared_at": WEEK.start + timedelta(hours=n), "resolved_at": None} for n in range(7)]
    pulls = [{"source": "p", "window_start": WEEK.start, "window_end": AS_OF, "status": "published", "degraded": {}}]
    report = of({"incidents": pd.DataFrame(incidents), "pulls": pd.DataFrame(pulls)})
    for text in (prose(html(report)), markdown(report)):
        assert "7 are waiting" in text
        assert "waits for a conversation this week" not in text
        assert "7 incidents that were declared wait for a conversation:" in text
        assert "search, Mon 9 Nov 05:00" not in text
        assert "search, Mon 9 Nov 04:00 UTC" in text
        assert "and 2 more" in text
    assert "- search, Mon 9 Nov 00:00 UTC [see the event](https://p.example/1)\n" in markdown(report)
    assert "Nothing new waits for a conversation this week." in markdown(of({"pulls": pd.DataFrame(pulls)}))


def test_the_page_is_html_without_a_parse_error_and_names_its_language(tree):
    assert tree.get("lang") == "en"
    assert words(tree.find(f"{XHTML}head/{XHTML}title")) == "Soundings 2026-W46"


@pytest.mark.parametrize("tables", [{}, frames(weeks=1, busy=0.02), frames(weeks=2, busy=0.5)])
def test_an_empty_and_a_small_week_are_pages_too(tables):
    page, letter = html(of(tables)), markdown(of(tables))
    parsed(page)
    assert "nan" not in prose(page).casefold()
    assert "None" not in prose(page) + letter


def test_an_empty_week_says_which_sources_were_silent():
    tables = {"pulls": frames()["pulls"]}
    assert "Silent this week: argo, config, github, pagerduty, statuspage." in prose(html(of(tables)))
    assert "No source has been read yet." in prose(html(of({})))


def test_the_page_asks_nobody_for_anything(page, tree):
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert {element.tag.split("}")[1] for element in tree.iter() if isinstance(element.tag, str)}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "base"}
    )
    assert not re.search(r"url\((?!#)|@import|<[^>]+\s(?:src|on\w+)=", page)
    assert {element.get("href").split(":")[0] for element in tree.iter(f"{XHTML}a")} == {"https"}
    assert {element.get("rel") for element in tree.iter(f"{XHTML}a")} == {"noopener noreferrer"}


def test_headings_go_down_one_step_at_a_time_and_every_section_has_one(tree):
    levels = [int(element.tag[-1]) for element in tree.iter() if isinstance(element.tag, str) and re.fullmatch(r".*\}h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    assert all(section.get("aria-labelledby") in ids for section in tree.iter(f"{XHTML}section"))


def test_no_id_is_given_twice(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 10


def test_every_picture_has_a_name_a_description_and_a_table(tree):
    pictures = list(tree.iter(f"{SVG}svg"))
    assert len(pictures) == 4
    for drawn in pictures:
        named = drawn.get("aria-labelledby").split()
        assert drawn.get("role") == "img"
        assert [drawn.find(f"{SVG}title").get("id"), drawn.find(f"{SVG}desc").get("id")] == named
        assert len(words(drawn.find(f"{SVG}desc"))) > 100
    assert all(table.find(f"{XHTML}thead") is not None for table in tree.iter(f"{XHTML}table"))
    assert all(cell.get("scope") in ("row", "col") for cell in tree.iter(f"{XHTML}th"))


def test_picture_table_and_letter_give_the_same_numbers(report, tree):
    drawn = next(drawn for drawn in tree.iter(f"{SVG}svg"))
    in_picture = [words(text) for text in drawn.iter(f"{SVG}text") if text.get("class").startswith("number")]
    rows = list(next(tree.iter(f"{XHTML}tbody")))
    in_table = [words(row[2]) for row in rows]
    in_letter = [line.split("|")[3].strip() for line in markdown(report).splitlines() if line.startswith("| ")][2:8]
    assert in_picture == in_table == in_letter
    assert in_table[0] == f"{report.tiers[0].count:,}"
    assert in_table[2] == f"≥ {report.tiers[2].count:,}"


def test_bars_fall_as_counts_do_and_a_zero_has_no_height():
    tiers = [Tier(name="x", short_name="x", stakes=1, count=n, by_bots=n // 2, talked=n // 3, median=n / 2) for n in (10**9, 4000, 30, 2, 1, 0)]
    for frame in (WIDE, NARROW):
        drawn = picture(tiers, frame)
        tops = [bar.top for bar in drawn.bars]
        assert tops == sorted(tops)
        assert tops[0] >= frame.top
        assert tops[-1] == drawn.bars[-1].talked == frame.floor
        assert tops[-2] < frame.floor
        assert all(frame.floor >= bar.talked >= bar.people >= bar.top for bar in drawn.bars)


def test_a_strip_without_near_misses_is_flat():
    drawn = strip([FunnelWeek(label="2026-W46", noticed=0, invited=0, talked=0)], WIDE)
    assert drawn.bars[0][2:] == (WIDE.floor,) * 3


def test_equal_tables_give_equal_bytes(page, report):
    tables = {name: frame.sample(frac=1, random_state=3) for name, frame in frames().items()}
    assert html(of(tables)) == page
    assert markdown(of(tables)) == markdown(report)


@pytest.mark.parametrize("attack", HOSTILE)
def test_foreign_text_stays_text_on_the_page(attack):
    page = html(hostile(attack))
    page.encode()
    tree = parsed(page)
    tags = {element.tag.split("}")[1] for element in tree.iter() if isinstance(element.tag, str)}
    assert tags.isdisjoint({"script", "img", "iframe", "form"})
    assert not [name for element in tree.iter() for name in element.attrib if str(name).startswith("on")]
    assert all(element.get("href").startswith("https://") for element in tree.iter(f"{XHTML}a"))
    assert "49" not in {text for text in tree.itertext() if "7 * 7" in text}


@pytest.mark.parametrize("attack", HOSTILE)
def test_foreign_text_formats_links_and_notifies_nothing_in_a_letter(attack):
    letter = markdown(hostile(attack))
    letter.encode()
    tokens = [child for token in MarkdownIt("gfm-like", {"linkify": False}).parse(letter) for child in (token, *(token.children or ()))]
    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"html_block", "html_inline", "image", "code_inline", "s_open", "fence", "code_block", "hr"})
    assert [token.markup for token in tokens if token.type == "heading_open"] == ["#"] + ["##"] * 6
    assert all(token.attrGet("href").startswith("https://") for token in tokens if token.type == "link_open")
    shown = "".join(token.content for token in tokens if token.type == "text")
    assert not re.search(r"@\w|://\w|www\.\w", shown)


def test_a_long_name_can_be_hidden_in_no_table_cell():
    letter = markdown(hostile("a | b"))
    rows = [line for line in letter.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7, 10, 6}


def test_a_preliminary_a_late_and_a_long_week_say_so():
    early = prose(html(of(frames(weeks=1, busy=0.1), as_of=WEEK.end)))
    assert "Preliminary: records that arrive late are waited for until Tue 17 Nov 06:00 UTC." in early
    late = frames(weeks=1, busy=0.1)
    late["deploys"] = late["deploys"].assign(first_seen_at=WEEK.closes_at + pd.Timedelta(hours=1))
    assert f"Revision: {len(late['deploys'])} records of this week arrived after it closed" in prose(html(of(late)))
    assert "this week has 169 hours" in prose(html(of({}, week=WEEK.before(3))))


def test_a_detector_that_could_not_look_says_in_plain_words_what_it_lacked(page, report):
    lacking = (
        ("NM-03 configuration value put back", "no source brings config changes"),
        ("NM-13 acknowledged, then ended by itself", "history has no acknowledged_at"),
    )
    for name, words_of_it in lacking:
        assert f"{name} {words_of_it}" in prose(page)
        assert f"- {name}: {words_of_it}".replace("_", "\\_") in markdown(report)


def test_a_rotation_of_four_and_a_person_are_nowhere_on_the_page(report, page):
    for shown in (page, markdown(report)):
        assert "payments-primary" in shown
        assert "edge-tiny" not in shown
        assert "person-" not in shown


def test_our_own_words_pass_the_linter(page, report):
    own = re.sub(r"<(blockquote|style)>?.*?</\1>", "", page, flags=re.DOTALL)
    for text in (prose(own), markdown(replace(report, learnings=())), prose(html(of({}))), markdown(of({}))):
        assert not flaws(text, most_words=None)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((1, 1, 1, 0, 0, 0), "1 was talked about in it, 0 are waiting, 0 were let go. Of 1 new one, 1 was talked about."),
        (
            (9, 2, 3, 8, 1, 1),
            "3 were talked about in it, 8 are waiting (1 of them from earlier weeks), 1 was let go. Of 9 new ones, 2 were talked about.",
        ),
    ],
)
def test_the_top_counts_what_is_one_in_the_singular_and_tells_the_new_apart(told, words):
    names = ("noticed", "noticed_talked", "talked", "waiting", "waiting_longer", "let_go")
    figure = Opportunities(**dict(zip(names, told, strict=True)), median=11.5, weeks=12)
    report = replace(of({"pulls": frames()["pulls"]}), opportunities=figure)
    first, second = sentence(report)
    noun = "event" if figure.noticed == 1 else "events"
    assert first == f"At least {figure.noticed} {noun} (12-week median 11.5) could have taught us something this week."
    assert second == words
    told_below = f"{'event waits' if figure.waiting_longer == 1 else 'events wait'} from earlier weeks"
    assert all((told_below in text) == bool(figure.waiting_longer) for text in (html(report), markdown(report)))
