"""A first guess at `config`: few patterns by what the files of a branch are called, each of which means a file there."""

import pytest

from connectors.errors import Busy, Refused
from connectors.git import first_patterns
from connectors.git.first_patterns import patterns, suggested
from connectors.git.patterns import matching_nothing
from tests.connectors.git_history import History


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["config/a.yaml", "config/deep/b.yaml", "config/c.json"], ["config/**/*.yaml", "config/**/*.json"]),
        (["a/config/x.toml", "b/config/x.toml"], ["**/config/**/*.toml"]),
        (["config/x.yaml", "a/config/x.yaml"], ["**/config/**/*.yaml"]),
        (["environments/prod.env", "deploy/k8s/web.yml", "Config/App.INI"], ["Config/**/*.INI", "deploy/**/*.yml", "environments/**/*.env"]),
        (["terraform/main.tf", "terraform/prod.tfvars.json"], ["terraform/**/*.json"]),
        (["charts/web/values.yaml", "charts/web/templates/a.yaml"], ["charts/**/*.yaml", "!**/templates/**"]),
        (["config/a.yaml", "config/locales/de.yml", "tests/config/b.yaml"], ["config/**/*.yaml"]),
        (["x/config/a.yaml", "tests/config/b.yaml"], ["**/config/**/*.yaml", "!**/tests/**"]),
        (["src/main/resources/application-prod.yml", "web/appsettings.json"], ["**/application*.yml", "**/appsettings*.json"]),
        ([".env.example"], [".env*"]),
        (["a/.env", ".env"], ["**/.env*"]),
        (["README.md", "src/main.py", "package.json", "config/run.sh", "config"], []),
        (["tests/config/b.yaml"], []),
        ([], []),
    ],
)
def test_files_are_known_by_their_folder_or_name_and_by_a_form_that_is_read(files, expected):
    assert patterns(files) == expected


def test_a_thousand_folders_are_few_patterns():
    assert patterns(f"service-{n}/config/a.yaml" for n in range(1000)) == ["**/config/**/*.yaml"]
    odd = [f"{folder}/a{suffix}" for folder in ("conf", "config", "deploy") for suffix in (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")]
    assert len(patterns(odd)) == 12


@pytest.mark.parametrize("is_bare", [False, True])
def test_what_is_suggested_means_files_of_the_branch_and_leaves_some_out(tmp_path, is_bare):
    history = History(tmp_path / "code")
    charts = ("charts/w/values.yaml", "charts/w/templates/a.yaml")
    for path in ("x/config/a.yaml", "x/config/test/b.yaml", *charts, "app/.env.local", "odd\nconfig/a\n.yaml"):
        history.write(path, "a: 1")
    history.commit("Begin")
    if is_bare:
        history.git("clone", "--quiet", "--bare", ".", str(tmp_path / "code.git"))
    place = str(tmp_path / ("code.git" if is_bare else "code"))
    found = suggested(place)
    assert set(found) == {"**/config/**/*.yaml", "charts/**/*.yaml", "**/.env*", "!**/templates/**", "!**/test/**"}
    assert list(matching_nothing(None, path=place, config=found)) == []


def test_a_repository_without_a_commit_suggests_nothing_and_one_that_cannot_be_read_says_so(tmp_path, monkeypatch):
    history = History(tmp_path / "code")
    assert suggested(str(history.folder)) == []
    history.change("config/a.yaml", "a: 1")
    history.git("clone", "--quiet", "--depth=1", f"file://{history.folder}", str(tmp_path / "short"))
    with pytest.raises(Refused, match="shallow"):
        suggested(str(tmp_path / "short"))
    (slow := tmp_path / "bin" / "git").parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr(first_patterns, "SECONDS", 0.1)
    with pytest.raises(Busy):
        suggested(str(history.folder))
