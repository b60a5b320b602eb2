from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.transforms.report_week import AS_OF, ESTATE, WEEK, frames
from transforms.events import Events
from transforms.policy import Policy
from transforms.report import figures, html

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "week.html"
    attack = "<img src=https://evil.example/x onerror=alert(1)><style>@import 'https://evil.example'</style>"
    tables = frames(busy=0.2)
    tables["reviews"] = tables["reviews"].assign(learning=attack)
    file.write_text(html(figures(Events(tables, ESTATE, Policy()), week=WEEK, as_of=AS_OF, not_runnable={})), encoding="utf-8")
    return file.as_uri()


def opened(browser, address, **options):
    page = browser.new_page(**options)
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    return page


def test_the_page_makes_no_request_and_says_nothing_on_the_console(browser, address):
    page = opened(browser, address)
    assert page.asked == [address]
    assert page.said == []
    assert "<img src=https://evil.example/x" in page.inner_text("blockquote >> nth=0")


@pytest.mark.parametrize(("width", "shown"), [(390, "on-narrow"), (1000, "on-wide")])
def test_one_picture_fits_each_screen_and_no_line_runs_out_of_it(browser, address, width, shown):
    page = opened(browser, address, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    drawn = page.locator("svg.picture:visible")
    assert [element.get_attribute("class") for element in drawn.all()] == [f"picture {shown}"] * 2
    boxes = page.eval_on_selector_all(
        "svg.picture text.number, svg.picture text.share",
        """all => all.filter(each => each.getClientRects().length)
          .map(each => [each.classList[0], each.getBoundingClientRect().left, each.getBoundingClientRect().right])""",
    )
    for name in ("number", "share"):
        row = [(left, right) for kind, left, right in boxes if kind == name]
        assert len(row) == 6
        assert all(before[1] <= after[0] for before, after in pairwise(row))
        assert row[0][0] >= 0
        assert row[-1][1] <= width


def test_words_stand_out_from_the_paper_by_day_and_by_night(browser, address):
    contrast = """() => {
      const canvas = document.createElement('canvas').getContext('2d');
      const luminance = colour => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
          .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0); };
      const paper = luminance(getComputedStyle(document.body).backgroundColor);
      return [...document.querySelectorAll('main p, main td, main th, main a, main li, main h1, main h2, svg text')].map(element => {
        const style = getComputedStyle(element), ink = luminance(element.tagName === 'text' ? style.fill : style.color);
        return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05); }); }"""
    for scheme in ("light", "dark"):
        page = opened(browser, address, color_scheme=scheme)
        assert min(page.evaluate(contrast)) >= 4.5


def test_it_prints_on_a_few_pages(browser, address):
    page = opened(browser, address)
    assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") <= 4
