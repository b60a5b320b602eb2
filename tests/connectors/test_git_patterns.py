from connectors.git.patterns import matching_nothing
from tests.connectors.git_history import History


def noted(path, *config, **options):
    return [what for what, _ in matching_nothing(None, path=str(path), config=config, allow=["x"], **options)]


def test_a_pattern_without_a_file_on_the_branch_is_noted_and_one_with_a_file_is_not(tmp_path):
    history = History(tmp_path / "code")
    history.change("config/a.yaml", "a: 1")
    history.change("config/deep/b.yaml", "b: 1")

    assert noted(history.folder, "config/*.yaml", "config/**/*.yaml", "**/b.yaml", "!config/deep/**") == []
    assert noted(history.folder, "*.yaml", "confg/**", "!deep/**") == [
        'the `config` pattern "*.yaml" means no file on the branch',
        'the `config` pattern "confg/**" means no file on the branch',
        'the `config` pattern "!deep/**" leaves out nothing on the branch',
    ]


def test_one_repository_of_several_is_enough_and_an_empty_one_says_nothing(tmp_path):
    for name in ("one", "two"):
        History(tmp_path / name).change(f"{name}.yaml", "a: 1")
    History(tmp_path / "empty")

    assert noted(tmp_path, "one.yaml", "two.yaml") == []
    assert noted(tmp_path / "empty", "one.yaml") == []
    assert noted(tmp_path / "one", branch="main") == []


def test_a_mirrored_repository_is_looked_into_as_one_on_this_machine(tmp_path):
    History(tmp_path / "code").change("config/a.yaml", "a: 1")
    address = {"url": f"file://{tmp_path / 'code'}", "cache": str(tmp_path / "cache")}

    assert list(matching_nothing(None, config=["config/*"], **address)) == []
    assert len(list(matching_nothing(None, config=["*.toml"], **address))) == 1
