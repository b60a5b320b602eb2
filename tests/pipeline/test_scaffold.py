import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what a new source needs."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("signals", "pipeline", "connectors", "transforms", "warehouse", "demo"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests" / "connectors").mkdir(parents=True)
    for name in ("contract", "drift", "endless", "weather"):
        shutil.copy(ROOT / "tests" / "connectors" / f"{name}.py", copy / "tests" / "connectors")
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def ran(tree, *command):
    return subprocess.run([sys.executable, "-m", *command], cwd=tree, capture_output=True, text=True, timeout=120, check=False)


def test_a_new_source_keeps_the_contract_and_the_house_rules_as_it_is_generated(tree):
    made = ran(tree, "pipeline", "new-source", "acme")
    assert made.returncode == 0, made.stderr
    assert '[sources.acme]\nuse = "acme"' in made.stdout

    files = ["connectors/acme.py", "tests/connectors/test_acme.py"]
    for command in (["pytest", "-n0", files[1]], ["ruff", "check", *files], ["ruff", "format", "--check", *files]):
        done = ran(tree, *command)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "why"), [("git", "is there already"), ("Acme", "small letters"), ("a-b", "small letters"), ("../x", "small letters")]
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(tree, name, why):
    before = sorted(tree.rglob("*.py"))
    made = ran(tree, "pipeline", "new-source", name)

    assert (made.returncode, sorted(tree.rglob("*.py"))) == (1, before)
    assert why in made.stderr
    assert "Traceback" not in made.stderr
