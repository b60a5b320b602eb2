import pytest

from tests.connectors.git_history import History, changes

PROW = {"GIT_AUTHOR_NAME": "kubernetes-prow[bot]", "GIT_AUTHOR_EMAIL": "1+kubernetes-prow[bot]@users.noreply.github.com"}
BUMP = {"GIT_AUTHOR_NAME": "k8s-infra-ci-robot", "GIT_AUTHOR_EMAIL": "k8s-infra-ci-robot@example.com"}
BORS = {"GIT_AUTHOR_NAME": "bors", "GIT_AUTHOR_EMAIL": "bors@example.com"}
JUNE = {"GIT_AUTHOR_NAME": "Jürgen <x> Ng", "GIT_AUTHOR_EMAIL": "Juergen@Example.com"}


@pytest.fixture
def shop(tmp_path):
    history = History(tmp_path / "shop")
    history.change("config/a.toml", "limit = 0\n")
    return history


def branch(history, name, value, base="main", file="a", **author):
    history.git("checkout", "--quiet", "-b", name, base)
    return history.change(f"config/{file}.toml", f"limit = {value}\n", f"To {value}", **author)


def merge(history, into, *names, **author):
    history.git("checkout", "--quiet", into)
    history.git("merge", "--quiet", "--no-ff", "-m", f"Merge pull request #1 from {names[0]}", *names, **author)


def newest(history):
    last = changes(history.folder, "config/**")[-1]
    return last.actor, last.is_bot


def test_what_a_program_merged_is_by_the_person_who_wrote_it(shop):
    branch(shop, "topic", 1, **JUNE)
    merge(shop, "main", "topic", **PROW)
    assert newest(shop) == ("juergen@example.com", False)
    branch(shop, "bump", 2, **BUMP)
    merge(shop, "main", "bump", **PROW)
    assert newest(shop) == ("1+kubernetes-prow[bot]@users.noreply.github.com", True)


def test_a_merge_of_a_person_and_a_squash_of_a_program_stay_whose_they_are(shop):
    branch(shop, "bump", 1, **BUMP)
    merge(shop, "main", "bump")
    assert newest(shop) == ("ada@example.com", False)
    shop.change("config/a.toml", "limit = 2\n", **BUMP)
    assert newest(shop) == ("k8s-infra-ci-robot@example.com", True)


def test_a_merge_of_several_and_a_merge_within_a_merge_are_looked_through(shop):
    branch(shop, "one", 1, file="b", **BUMP)
    branch(shop, "two", 2, file="c", **JUNE)
    merge(shop, "main", "one", "two", **BORS)
    assert newest(shop) == ("juergen@example.com", False)
    branch(shop, "three", 3)
    shop.git("checkout", "--quiet", "-b", "rollup", "main")
    merge(shop, "rollup", "three", **BORS)
    merge(shop, "main", "rollup", **BORS)
    assert newest(shop) == ("ada@example.com", False)
