"""What GitHub refuses and will refuse again: named, with what a person can do; one of many is told, all of them are no pull."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Refused
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"
NAMES = [f"acme/service-{number}" for number in range(500)]


def _read(api, *repositories, **options):
    return list(pull(api, WEEK, repositories=repositories or [REPO], **options))


def _work(github, *names):
    for name in names:
        github.state.add_commit(name, "Work", MONDAY + timedelta(hours=1))


@pytest.mark.parametrize("status", [403, 404])
def test_five_hundred_repositories_that_may_not_be_seen_are_a_failed_pull_after_a_handful_of_questions(github, api, server, status):
    github.state.refused = dict.fromkeys(NAMES, status)

    with pytest.raises(Refused, match="of all 500") as caught:
        _read(api, *NAMES)
    assert caught.value.status == status
    assert len(server.requests) == 5


def test_an_answer_that_refuses_the_question_itself_is_not_repeated_for_each_repository(api, server):
    server.app = lambda _: Response(403, json={"message": "Forbidden"})

    with pytest.raises(Refused) as caught:
        _read(api, *NAMES)
    assert caught.value.status == 403
    assert len(server.requests) <= 20


def test_repositories_whose_records_are_all_refused_are_a_failed_pull(github, api, server):
    _work(github, *NAMES[:30])
    server.app = lambda request: github(request) if request.method == "POST" else Response(403, json={"message": "Resource not accessible"})

    with pytest.raises(Refused, match="of all 30"):
        _read(api, *NAMES[:30])


def test_one_that_may_be_seen_among_five_hundred_is_read_and_the_others_are_told(github, api, server):
    _work(github, NAMES[499])
    github.state.refused = {name: (403, 404)[number % 2] for number, name in enumerate(NAMES[:499])}

    assert [record.repo for record in _read(api, *NAMES)] == [NAMES[499]]
    assert len(api.degraded) == 499
    assert len(server.requests) == 6


def test_an_only_repository_that_may_not_be_seen_is_a_failed_pull(github, api):
    github.state.refused[REPO] = 404

    with pytest.raises(Refused) as caught:
        _read(api)
    assert caught.value.status == 404


def test_no_repository_at_all_is_told(api, server):
    assert list(pull(api, WEEK, repositories=[])) == []
    assert "none is named" in api.degraded["repositories"]
    assert server.requests == []


SSO = {"x_github_sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=AZSCKL3MADEUP"}
DOORS = {
    "single sign-on": (answer(403, json={"message": "Resource protected by organization SAML enforcement."}, **SSO), "Configure SSO"),
    "its header alone": (answer(403, json={"message": "Forbidden"}, **SSO), "Configure SSO"),
    "an IP allow list": (
        answer(403, json={"message": "Although you appear to have the correct authorization, `acme` has an IP allow list enabled"}),
        "IP allow list",
    ),
    "a suspended installation": (answer(403, json={"message": "This installation has been suspended"}), "lift the suspension"),
    "a disabled organisation": (
        answer(403, json={"message": "Repository 'acme/gone' is disabled. Please ask the owner to check."}),
        "its owner has to",
    ),
    "a takedown": (answer(451, json={"message": "Repository access blocked", "block": {"reason": "dmca"}}), "GitHub blocked the repository"),
    "a block": (answer(403, json={"message": "Repository access blocked", "block": {"reason": "tos"}}), "GitHub blocked the repository"),
    "gone": (answer(410, json={"message": "This repository was removed"}), "gone for good"),
    "a missing permission": (
        answer(403, json={"message": "Resource not accessible by personal access token"}, x_accepted_github_permissions="contents=read"),
        "this permission: contents=read",
    ),
    "Actions switched off": (answer(403, json={"message": "Actions has been disabled for this repository."}), "Switch Actions on"),
    "a classic token": (answer(403, json={"message": "`acme` forbids access via a personal access token (classic)."}), "fine-grained one"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_closed_door_of_one_is_told_with_what_to_do_and_the_others_are_read(github, api, server, door):
    _work(github, "acme/open", "acme/closed")
    fault, remedy = DOORS[door]
    server.faults_at["/repos/acme/closed/commits"] = [fault]

    assert [record.repo for record in _read(api, "acme/closed", "acme/open")] == ["acme/open"]
    assert list(api.degraded) == ["acme/closed"]
    assert remedy in api.degraded["acme/closed"]
    assert "AZSCKL3MADEUP" not in api.degraded["acme/closed"]


GRAPHQL = {
    "single sign-on": ("FORBIDDEN", "Resource protected by organization SAML enforcement. You must grant your token access.", "Configure SSO"),
    "an IP allow list": ("FORBIDDEN", "Although you appear to have the correct authorization, `acme` has an IP allow list enabled", "IP allow list"),
    "scopes": ("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes to execute this query.", "required scopes"),
}


@pytest.mark.parametrize("door", GRAPHQL)
def test_a_part_of_the_news_that_is_refused_is_told_with_what_to_do(github, api, server, door):
    kind, message, words = GRAPHQL[door]
    _work(github, "acme/open", "acme/closed")

    def app(request):
        answered = github(request)
        if b"query News" in request.body:
            answered.json["data"]["r0"] = None
            answered.json["errors"] = [{"type": kind, "path": ["r0"], "extensions": {"saml_failure": True}, "message": message}]
        return answered

    server.app = app
    assert [record.repo for record in _read(api, "acme/closed", "acme/open")] == ["acme/open"]
    assert words in api.degraded["acme/closed"]
    assert len(server.requests) == 2


def test_an_expired_token_says_so_and_how_to_mend_it(server):
    api = connect(GITHUB, Connection(secret="ghp_expired_one"), base_url=server.url)

    with pytest.raises(Refused, match="Bad credentials") as caught:
        _read(api)
    assert "has expired: make a new one" in caught.value.remedy


def test_a_header_that_tells_the_token_back_is_not_shown(github, api, server):
    _work(github, "acme/open", "acme/closed")
    told = {"message": "Resource not accessible by integration"}
    server.faults_at["/repos/acme/closed/commits"] = [answer(403, json=told, x_accepted_github_permissions=f"contents={github.state.token}")]

    _read(api, "acme/closed", "acme/open")
    assert "this permission" in api.degraded["acme/closed"]
    assert github.state.token not in api.degraded["acme/closed"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_repository_that_moved_is_read_where_it_is_now(github, api, server, status):
    _work(github, REPO)
    moved = f"{server.url}/repos/{REPO}/commits?per_page=100"
    server.faults_at["/repos/acme/shop/commits"] = [answer(status, json={"message": "Moved"}, location=moved)]

    assert [record.title for record in _read(api)] == ["Work"]


def test_a_host_that_never_answered_asks_whether_it_is_right():
    with serve(lambda _: Response(json={})) as server:
        url = server.url
    api = connect(GITHUB, Connection(secret="ghp_made_up"), base_url=url, sleep=lambda _: None)

    with pytest.raises(Exception, match="nothing ever came from") as caught:
        _read(api)
    assert "Is the host of the connection right" in caught.value.remedy
    assert url.removeprefix("http://") in str(caught.value)
