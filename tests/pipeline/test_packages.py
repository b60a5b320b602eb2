"""Connectors of installed packages: the one of CONTRIBUTING.md, built and installed by pip; faulty ones lie beside it as pip leaves them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.conftest import NOW

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add a connector in a package of its own")[2]
SOURCE, PROJECT = (re.findall(rf"```{kind}\n(.*?)```", DOCUMENTED, re.DOTALL)[0] for kind in ("python", "toml"))
TRACKER = '''
from connectors.folder import Folder
from connectors.registry import tracker

@tracker("acme_desk")
class Desk(Folder):
    """Tickets of the desk."""
'''
FAULTY = {
    "broken": "import a_module_nobody_has\n",
    "leaving": "raise SystemExit('enough')\n",
    "telling": "raise RuntimeError('no answer to ghp_' + 'aB3dE5gH7jK9mN1pQ3sT5vW7xY9zB1dE3fG5')\n",
    "second": SOURCE.replace("acme", "second") + SOURCE.replace("acme", "github"),
    "silent": "pull = 3\n",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with all of them installed."""
    folder, site = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("site")
    (folder / "acme_signals.py").write_text(SOURCE + TRACKER)
    (folder / "pyproject.toml").write_text(f'{PROJECT}desk = "acme_signals:Desk"\n[tool.setuptools]\npy-modules = ["acme_signals"]\n')
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--target", site, folder]
    subprocess.run(pip, check=True, capture_output=True)
    for name, text in FAULTY.items():
        (site / f"{name}_signals.py").write_text(text)
        described = site / f"{name}_signals-1.dist-info"
        described.mkdir()
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-signals\nVersion: 1\n")
        (described / "entry_points.txt").write_text(f"[soundings.connectors]\n{name} = {name}_signals\n")
    return site


@pytest.fixture
def ran(installed, tmp_path):
    """A command with the packages installed; `toml` is soundings.toml."""

    def run(toml, *command):
        (tmp_path / "soundings.toml").write_text(toml)
        env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed}"}
        return subprocess.run([sys.executable, *command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)

    return run


USED = """\
[sources.releases]
use = "acme"
projects = ["cart", "search"]
[trackers.desk]
use = "acme_desk"
path = "tickets"
"""


LANDING = """
from datetime import UTC, datetime
from pathlib import Path
from pipeline import steps
from pipeline.settings import load
from signals.windows import Window
settings = load(Path("soundings.toml"))
with steps.warehouse(settings) as store:
    day = Window(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
    print(steps.land(settings, store, "releases", day, lambda conn_id: None).loaded)
"""


def test_the_source_of_an_installed_package_is_pulled_like_any_other(ran):
    landed = ran(USED, "-c", LANDING)

    assert (landed.returncode, landed.stdout.strip()) == (0, "2"), landed.stderr


def test_its_tracker_too_is_known_and_what_cannot_be_used_is_named_with_the_reason_and_hinders_nothing(ran):
    checked = ran(USED, "-m", "pipeline", "check-config")
    said = checked.stderr.splitlines()

    assert (checked.returncode, len(said)) == (0, 5)
    for package, why in {
        "broken-signals (broken = broken_signals)": "ModuleNotFoundError: No module named 'a_module_nobody_has'",
        "leaving-signals (leaving = leaving_signals)": "SystemExit: enough",
        "second-signals (second = second_signals)": "ValueError: the name 'github' is taken by connectors.github",
        "telling-signals (telling = telling_signals)": "RuntimeError: no answer to ***",
        "silent-signals (silent = silent_signals)": "it registers no source and no tracker",
    }.items():
        assert [line for line in said if f"{package} brings no connector: {why}" in line], package


def test_a_taken_name_stays_with_its_holder_and_half_a_package_is_not_used(ran):
    told = ran('[sources.x]\nuse = "second"\n', "-m", "pipeline", "check-config")

    assert told.returncode == 1
    assert "there is no source 'second'; there are acme, files, git, github" in told.stderr
    assert "second-signals (second = second_signals): ValueError: the name 'github' is taken" in told.stderr


def test_a_file_among_the_connectors_that_cannot_be_imported_is_named_and_hinders_nothing(ran, tmp_path):
    """As where a file of one's own is laid beside the others: half of it registers before it breaks."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "gerrit.py").write_text(SOURCE.replace("acme", "gerrit") + "import a_module_nobody_has\n")
    laid = "import connectors; connectors.__path__.append('own')\nfrom pipeline.cli import app\nimport sys\nsys.argv[0] = 'soundings'\napp()"
    checked = ran(USED, "-c", laid, "check-config")
    asked = ran(USED, "-c", laid, "doctor")

    why = "connectors/gerrit.py brings no connector: ModuleNotFoundError: No module named 'a_module_nobody_has'. Mend it or take it away"
    assert (checked.returncode, why in checked.stderr.replace("\n", " ")) == (0, True), checked.stderr
    assert "connectors/gerrit.py: broken, not used" in asked.stdout
    assert "releases: well" in asked.stdout
    assert "there is no source 'gerrit'" in ran('[sources.x]\nuse = "gerrit"\n', "-c", laid, "check-config").stderr


BESIDE = """\
[sources.releases]
use = "broken"
anything = 1
[sources.table]
use = "files"
path = "table"
[trackers.desk]
use = "leaving"
dry_run = false
"""


def lay_table(folder):
    """A deploy that was taken back."""
    (folder / "table").mkdir()
    times = [(1, "01T09:00", "01T09:10", "v1"), (2, "08T09:00", "08T09:10", "v2"), (3, "08T09:30", "08T09:40", "v1")]
    rows = [f"{number},cart,2026-06-{start}:00Z,2026-06-{end}:00Z,success,{version},production" for number, start, end, version in times]
    heading = "native_id,scope,started_at,finished_at,status,version,environment"
    (folder / "table" / "deploys.csv").write_text("\n".join([heading, *rows, ""]))


def test_what_uses_a_package_that_cannot_be_imported_fails_by_name_and_the_rest_goes_on(ran, tmp_path, at):
    at(NOW)
    lay_table(tmp_path)
    done = ran(BESIDE, "-m", "pipeline", "run", "--json")
    figures = json.loads(done.stdout)
    failed = figures["failed"]

    assert (done.returncode, figures["table"]["loaded"], figures["prompt"]["planned"], list(failed)) == (1, 3, 1, ["releases", "prompt"]), failed
    why = "the installed package broken-signals (broken = broken_signals): ModuleNotFoundError: No module named 'a_module_nobody_has'"
    assert failed["releases"].startswith("no connector is called 'broken': ")
    assert why in failed["releases"]
    assert failed["prompt"].startswith("[trackers.desk] no connector is called 'leaving': "), "its ticket waits"

    told = ran(BESIDE, "-m", "pipeline", "doctor")
    assert told.returncode == 1
    for where, name in (("source releases", "broken"), ("tracker desk", "leaving")):
        assert re.search(rf"^{where}.*\n  what  .*no connector is called '{name}': .*SystemExit: enough", told.stdout, re.MULTILINE), where
    assert "source table: well" in told.stdout
    assert "DAG files: well" in told.stdout, "the DAGs of the others exist, and its own fails by the same words"

    checked = ran(BESIDE, "-m", "pipeline", "check-config")
    assert [line.partition("there")[0] for line in checked.stderr.splitlines()] == [
        "soundings.toml:2: sources.releases.use: ",
        "soundings.toml:8: trackers.desk.use: ",
    ]
    assert checked.stderr.count(why) == 2


def test_a_mistyped_name_ends_everything_where_every_package_can_be_imported(said):
    [(line, key, advice)] = said('[sources.x]\nuse = "fils"\n')
    assert (line, key, advice.startswith("there is no source 'fils'; did you mean `files`?")) == (2, "sources.x.use", True), advice
