import re
import runpy
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
WRITTEN = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PAGES = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_says_what_the_code_says(page):
    assert (ROOT / "docs" / page).read_text() == PAGES[page](), "run `make docs`"


def test_every_command_is_in_the_readme_or_its_help_page():
    shown = subprocess.run([sys.executable, "-m", "pipeline", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    commands = re.findall(r"^│ ([a-z-]+) ", shown, re.MULTILINE)

    assert {"run", "check-config", "doctor", "pull", "derive", "report", "prompts", "evaluate", "erase", "new-source", "up"} <= set(commands)
    assert [name for name in commands if name not in (ROOT / "docs" / "operations.md").read_text()] == []


def parsed(page):
    """The tokens of a page of Markdown, those inside of a line too."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        yield from (token, *(token.children or ()))


def links(page):
    """Every address the page names, but for those of the web."""
    named = [str(token.attrs[key]) for token in parsed(page) for key in ("href", "src") if key in token.attrs]
    named += [found for token in parsed(page) if "html" in token.type for found in re.findall(r'(?:href|src)="([^"]+)"', token.content)]
    return [target for target in named if not urlsplit(target).scheme]


def anchors(page):
    """What can stand behind the # of a link to the page: its headings, as GitHub writes them, and the ids it sets itself."""
    tokens = list(parsed(page))
    headings = [inside for token, inside in pairwise(tokens) if token.type == "heading_open"]
    titles = ["".join(part.content for part in heading.children) for heading in headings]
    ids = [found for token in tokens if "html" in token.type for found in re.findall(r'id="([^"]+)"', token.content)]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles} | set(ids)


def leads_somewhere(page, target):
    path, _, anchor = target.partition("#")
    there = page.parent / path if path else page
    return there.exists() and (not anchor or anchor in anchors(there))


def test_links_inside_the_docs_lead_somewhere():
    dead = [f"{page.relative_to(ROOT)}: {target}" for page in WRITTEN for target in links(page) if not leads_somewhere(page, target)]

    assert dead == []


@pytest.mark.parametrize("target", ["gone.md", "page.md#gone", "#gone", "#a-heading", "page.md#a-headings-code-and-link"])
def test_a_link_to_a_file_or_heading_that_is_not_there_is_found(tmp_path, target):
    page = tmp_path / "page.md"
    page.write_text(f'# A heading\'s `code` and [link](https://a.example)\n\n| a |\n|---|\n| [x]({target}) |\n\n<a id="set"></a> [y](#set)\n')

    assert [leads_somewhere(page, found) for found in links(page)] == [target.endswith("and-link"), True]


def test_the_table_of_the_six_verbs_is_true_of_the_code():
    rows = re.findall(r"^\| (\w+) \| `(\w+)\S*`: `(\w+)` \| `(\w+)` .*? `([\w/.]+)`.* \| `soundings (\w+)` \|$", README.read_text(), re.MULTILINE)

    assert [verb for verb, *_ in rows] == ["pull", "land", "check", "derive", "prompt", "report"]
    for verb, dag, task, function, place, command in rows:
        assert verb == function
        assert f" def {task}(" in (ROOT / "dags" / f"{dag.rstrip('_')}.py").read_text()
        assert verb == "pull" or f"\ndef {function}(" in (ROOT / place).read_text()
        assert f"\ndef {command}(" in (ROOT / "pipeline" / "cli" / "verbs.py").read_text()


def test_every_proof_that_is_named_is_there_and_selects_tests():
    commands = re.findall(r"`(pytest [^`]+)`", README.read_text() + (ROOT / "docs" / "promises.md").read_text())
    named = {path for command in commands for path in re.findall(r"tests/[\w/.]+", command)}

    assert [path for path in named if not (ROOT / path).exists()] == []
    given = [[*shlex.split(command)[1:], "-n0", "--collect-only"] for command in set(commands) if " -k " in command]
    collecting = f"import pytest; raise SystemExit(max(map(pytest.main, {given})))"  # in one process, which imports the tests once
    subprocess.run([sys.executable, "-c", collecting], cwd=ROOT, stdout=subprocess.DEVNULL, timeout=60, check=True)


@pytest.mark.parametrize("walk", sorted((ROOT / "docs" / "walks").glob("*.md")), ids=lambda walk: walk.stem)
def test_each_step_of_a_walk_is_in_the_file_it_names(walk):
    steps = re.findall(r"\]\(\.\./\.\./([\w/]+\.py)\) `(\w+)`", walk.read_text())

    assert len(steps) > 8
    assert [
        step for step in steps if not re.search(rf"^(?:def|class) {step[1]}\b|^{step[1]}\b.*? = ", (ROOT / step[0]).read_text(), re.MULTILINE)
    ] == []
