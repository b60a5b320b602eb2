"""What a commit message says is the same whoever tells it: each message here is read by the git source and by the GitHub source."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import pull
from signals.windows import Window
from tests.connectors.git_history import History, commits

AT = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = Window(AT, AT + timedelta(days=7))
REPO = "acme/shop"

# message -> title, number of the request, branch, co-authors
MESSAGES = {
    "Warm the cache (#21)\n\nWhy.\n": ("Warm the cache (#21)", "21", None, ()),
    "Warm the cart (#22)\nCo-authored-by: Bo <bo@shop.example>\n": ("Warm the cart (#22)", "22", None, ("bo@shop.example",)),
    "Warm the\ncart (#23)\n\nWhy.\n": ("Warm the", None, None, ()),
    "\n\n  Indented\n\n\n  body\n": ("Indented", None, None, ()),
    "Windows (#24)\r\n\r\nbody\r\nCo-Authored-By: Bo <BO@shop.example>\r\n": ("Windows (#24)", "24", None, ("bo@shop.example",)),
    "Old Mac\rbody": ("Old Mac", None, None, ()),
    "Two (#1) of (#2) three (#25)": ("Two (#1) of (#2) three (#25)", "25", None, ()),
    "Ticket [#26]": ("Ticket [#26]", None, None, ()),
    "[#27] Ticket": ("[#27] Ticket", None, None, ()),
    "Fixes #28": ("Fixes #28", None, None, ()),
    "Python's way (GH-29)": ("Python's way (GH-29)", "29", None, ()),
    'Revert "Warm the cache (#21)"': ('Revert "Warm the cache (#21)"', None, None, ()),
    'Revert "Warm the cache (#21)': ('Revert "Warm the cache (#21)', None, None, ()),
    'Revert "Warm the cache (#21)" (#30)': ('Revert "Warm the cache (#21)" (#30)', "30", None, ()),
    'Revert "Revert "Warm (#21)" (#30)"': ('Revert "Revert "Warm (#21)" (#30)"', None, None, ()),
    "Merge pull request #31 from ada/fix/cart\n\nWarm": ("Merge pull request #31 from ada/fix/cart", "31", "fix/cart", ()),
    "Merge pull request #32": ("Merge pull request #32", "32", None, ()),
    "Merge pull request #33 in SHOP/web from fix/a to main": ("Merge pull request #33 in SHOP/web from fix/a to main", "33", "fix/a", ()),
    "Merge pull request 34 from users/ada/fix into main": ("Merge pull request 34 from users/ada/fix into main", "34", "users/ada/fix", ()),
    "Merge pull request 'Warm (#3) it' (#35) from acme/web:fix/b into main": (
        "Merge pull request 'Warm (#3) it' (#35) from acme/web:fix/b into main",
        "35",
        "fix/b",
        (),
    ),
    "Merged PR 36: Warm the cart": ("Merged PR 36: Warm the cart", "36", None, ()),
    "Pull request #37: SHOP-1 Warm\n\nMerge in SHOP/web from fix/c to main\n\n* commit 'a'": ("Pull request #37: SHOP-1 Warm", "37", "fix/c", ()),
    "Pull request #38: Warm\n\nMerge in SHOP/web from ~ADA/web:fix/d to main": ("Pull request #38: Warm", "38", "fix/d", ()),
    "Merged in fix/e (pull request #39)\n\nWarm\n\nApproved-by: Bo": ("Merged in fix/e (pull request #39)", "39", "fix/e", ()),
    "Merge branch 'fix/f' into 'main'\n\nWarm #3 (#4)\n\nSee merge request shop/sub/web!40": ("Merge branch 'fix/f' into 'main'", "40", "fix/f", ()),
    "Warm (#4)\n\nSee merge request https://git.shop.example/a/b/-/merge_requests/41": ("Warm (#4)", "41", None, ()),
    "Auto merge of #42 - ada:fix, r=bo": ("Auto merge of #42 - ada:fix, r=bo", "42", None, ()),
    "Merge branch 'fix/g' of git.shop.example:web into main": ("Merge branch 'fix/g' of git.shop.example:web into main", None, "fix/g", ()),
    "Merge remote-tracking branch 'origin/fix/h'": ("Merge remote-tracking branch 'origin/fix/h'", None, "fix/h", ()),
    "Merge remote-tracking branch 'upstream/main' into next": ("Merge remote-tracking branch 'upstream/main' into next", None, "main", ()),
    "Merge pull request !46 from ada/fix/i": ("Merge pull request !46 from ada/fix/i", "46", "fix/i", ()),
    "\ufeffMarked by an editor (#47)": ("Marked by an editor (#47)", "47", None, ()),
    "Merge tag 'v1'": ("Merge tag 'v1'", None, None, ()),
    "Gerrit\n\nReviewed-on: https://g.shop.example/c/web/+/4300\nChange-Id: I0f": ("Gerrit", "4300", None, ()),
    "Tabs\n\nReviewed by:\tbo\nDifferential Revision:\thttps://p.shop.example/D43": ("Tabs", "D43", None, ()),
    "Short\n\nSummary: it\n\nDifferential Revision: D48": ("Short", "D48", None, ()),
    "Taken in\n\nPull Request resolved: https://git.shop.example/acme/shop/pull/49\n\nReviewed By: bo": ("Taken in", "49", None, ()),
    "Taken in\n\nCOPYBARA_INTEGRATE_REVIEW=https://git.shop.example/acme/shop/pull/51 from ada:x 0f": ("Taken in", "51", None, ()),
    "Merge PR #52: Warm": ("Merge PR #52: Warm", "52", None, ()),
    "Merge #53: Warm": ("Merge #53: Warm", "53", None, ()),
    "Merge #54\n\n54: Warm r=bo a=ada": ("Merge #54", "54", None, ()),
    "Merge #55 #56": ("Merge #55 #56", None, None, ()),
    "Merged fix/j into main": ("Merged fix/j into main", None, "fix/j", ()),
    "Merged changes into main": ("Merged changes into main", None, None, ()),
    "Phabricator\n\nDifferential Revision: https://p.shop.example/D44": ("Phabricator", "D44", None, ()),
    "Picked\n\nOriginal message:\n    Reviewed-on: https://g.shop.example/c/web/+/45": ("Picked", None, None, ()),
    "Pair\n\nCO-AUTHORED-BY: Bo <<Bo@shop.example>>\nCo-authored-by: bo <bo@shop.example>, Cy <cy@shop.example>\nco-authored-by : Dee\n": (
        "Pair",
        None,
        None,
        ("bo@shop.example", "cy@shop.example", "Dee"),
    ),
    'Revert "x"\n\n    Co-authored-by: Eve <eve@shop.example>\n': ('Revert "x"', None, None, ()),
    "Bracket\n\nCo-authored-by: <Théo Z <theo@shop.example>\n": ("Bracket", None, None, ("theo@shop.example",)),
    "Program\n\nCo-authored-by: ci <6+ci[bot]@users.noreply.github.com>\n": ("Program", None, None, ("6+ci[bot]@users.noreply.github.com",)),
    "Alone\n\nCo-authored-by: Ada <ADA@example.com>": ("Alone", None, None, ()),
    "Plain\n\nCo-authored-by: Bo bo@shop.example\nCo-authored-by: <>": ("Plain", None, None, ("bo@shop.example",)),
}


@pytest.fixture(scope="module")
def by_git(tmp_path_factory):
    history = History(tmp_path_factory.mktemp("git") / "shop")
    who = f"Ada <ada@example.com> {int((AT + timedelta(hours=1)).timestamp())} +0000"
    commands = (f"commit refs/heads/main\ncommitter {who}\ndata {len(message.encode())}\n{message}\n" for message in MESSAGES)
    history.git("fast-import", "--quiet", given="".join(commands).encode())
    return [told(commit) for commit in reversed(commits(history.folder, WINDOW, repo=REPO))]


@pytest.fixture
def by_github(github, api):
    for message in MESSAGES:
        github.state.add_commit(REPO, message, AT + timedelta(hours=1))
    return [told(commit) for commit in reversed(list(pull(api, WINDOW, repositories=[REPO])))]


def told(commit):
    return commit.title, commit.body, commit.pr_ref, commit.branch, commit.co_authors


def test_git_and_github_say_the_same_of_every_message(by_git, by_github):
    assert len(by_git) == len(MESSAGES)
    for message, git, github in zip(MESSAGES, by_git, by_github, strict=True):
        assert git == github, message


@pytest.mark.parametrize("message", MESSAGES)
def test_title_request_branch_and_co_authors_are_as_written(by_git, message):
    title, number, branch, co_authors = MESSAGES[message]
    found = by_git[list(MESSAGES).index(message)]

    assert (found[0], found[2], found[3], found[4]) == (title, number and f"{REPO}#{number}", branch or "main", co_authors)
