import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_says_what_the_code_says(page):
    assert (ROOT / "docs" / page).read_text() == PAGES[page](), "run `make docs`"


def test_every_command_is_in_the_readme_or_its_help_page():
    shown = subprocess.run([sys.executable, "-m", "pipeline", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    commands = re.findall(r"^│ ([a-z-]+) ", shown, re.MULTILINE)

    assert {"run", "check-config", "doctor", "pull", "derive", "report", "prompts", "evaluate", "erase", "new-source", "up"} <= set(commands)
    assert [name for name in commands if name not in (ROOT / "docs" / "operations.md").read_text()] == []


def test_links_inside_the_docs_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert dead == []


def test_every_proof_the_readme_names_is_there():
    named = re.findall(r"tests/[\w/.]+", (ROOT / "README.md").read_text())

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
