import pytest

from pipeline import settings

LINES = """
[sources.records]
use = "files"
path = "records"

[sources.mirrored]
use = "git"
url = "file:///nowhere"

[sources.cached]
use = "git"
url = "file:///nowhere"
cache = "mirrors"

[sources.rotas]
use = "ical"
path = ["a.ics", "/rotas/b.ics"]
"""


@pytest.fixture
def options(tmp_path):
    (tmp_path / "soundings.toml").write_text(LINES)
    found = settings.load(tmp_path / "soundings.toml")
    return lambda name: found.options(found.sources[name])


def test_a_relative_path_starts_at_the_folder_of_soundings_toml(tmp_path, options):
    assert options("records") == {"path": str(tmp_path / "records")}
    assert options("rotas") == {"path": [str(tmp_path / "a.ics"), "/rotas/b.ics"]}


def test_mirrors_lie_beside_soundings_toml_wherever_the_worker_was_started(tmp_path, options):
    assert options("mirrored")["cache"] == str(tmp_path / ".soundings/git")
    assert options("cached")["cache"] == str(tmp_path / "mirrors")
    assert options("cached")["url"] == "file:///nowhere"
