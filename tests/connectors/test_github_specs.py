"""The connector's questions and the made-up vendor's answers, held against GitHub's published schemas."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from graphql import build_schema, execute, parse, validate
from jsonschema import Draft202012Validator

from connectors.github import GITHUB, pull
from connectors.github.issues import GitHubIssues
from connectors.github.queries import DEPLOYMENTS, PULL_REQUESTS, RELEASES, REVIEWS, STATUSES, again_query, news_query
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Request, serve
from signals.windows import Window

SPECS = Path(__file__).parents[3] / "shared" / "specs"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
REPO = "acme/shop"

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the published schemas are not part of the repository")


@pytest.fixture(scope="module")
def github():
    state = State(now=lambda: AT)
    sha = state.add_commit(REPO, "Add a cart", AT)
    state.add_commit(REPO, "Fix the cart", AT, login=None, authored_at=AT - timedelta(days=1))
    state.add_pull(
        REPO, "Cart", AT, merged_at=AT, merge_sha=sha, reviews=[("grace", "APPROVED"), (None, "COMMENTED"), ("lint[bot]", "COMMENTED")] * 5
    )
    state.add_pull(REPO, "Draft", AT, login=None, reviewDecision="REVIEW_REQUIRED")
    state.add_deployment(REPO, "production", sha, AT, [("IN_PROGRESS", AT), ("SUCCESS", AT + timedelta(minutes=3))] * 8, tag="v1.0")
    state.add_deployment(REPO, "production", sha, AT, login="argo[bot]")
    state.add_release(REPO, "v1.0", sha, created_at=AT, published_at=AT)
    state.add_run(REPO, "Deploy", sha, created_at=AT, ended_at=AT + timedelta(minutes=5))
    state.add_run(REPO, "Deploy", sha, created_at=AT, ended_at=AT, conclusion=None)
    number = state.add_issue(REPO, "Prompt", "body", labels=["learning-review"])["number"]
    state.add_comment(REPO, number, "grace", "We looked at it.")
    state.add_repository("acme/empty")
    return GitHub(state)


def _asked(github, method, path, body=None):
    headers = {"authorization": f"Bearer {github.state.token}", "host": "127.0.0.1"}
    return github(Request(method, path, headers, b"" if body is None else json.dumps(body).encode()))


@pytest.fixture(scope="module")
def schema():
    # The published file is trimmed: its root says it is a Node, and its field for that is not kept.
    return build_schema((SPECS / "github-graphql.graphql").read_text().replace("type Query implements Node", "type Query"))


QUESTIONS = {
    "News": news_query([REPO, "acme/empty"]),
    "PullRequests": (PULL_REQUESTS, {"owner": "acme", "name": "shop", "after": None}),
    "Deployments": (DEPLOYMENTS, {"owner": "acme", "name": "shop", "after": None, "environments": ["production"]}),
    "Releases": (RELEASES, {"owner": "acme", "name": "shop", "after": None}),
    "Reviews": (REVIEWS, {"id": f"PR_{REPO}_1", "after": "10"}),
    "Statuses": (STATUSES, {"id": f"DE_{REPO}_1", "after": "10"}),
    "Again": again_query([f"DE_{REPO}_1", f"DE_{REPO}_2"]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_graphql_question_is_valid_and_its_answer_holds_exactly_what_was_asked(github, schema, name):
    query, variables = QUESTIONS[name]
    document = parse(query)
    assert validate(schema, document) == []

    answer = _asked(github, "POST", "/graphql", {"query": query, "variables": variables}).json
    data = answer["data"]
    if name in {"Reviews", "Statuses"}:
        root = {"node": {"__typename": {"Reviews": "PullRequest", "Statuses": "Deployment"}[name], **data["node"]}}
    elif name == "Again":
        by_id = {variables[f"id{key[1:]}"]: {"__typename": "Deployment", **node} for key, node in data.items()}
        root = {"node": lambda _info, **asked: by_id[asked["id"]]}
    else:
        by_name = {variables[f"name{key[1:]}"]: home for key, home in data.items()} if name == "News" else {"shop": data["repository"]}
        root = {"repository": lambda _info, name, **_: by_name[name]}
    executed = execute(schema, document, root, variable_values=variables, type_resolver=lambda value, *_: value.get("__typename", "Commit"))

    assert executed.errors is None
    assert executed.data == data
    assert "errors" not in answer


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_graphql_question_stays_far_under_the_node_limit(name):
    query, _ = QUESTIONS[name]
    firsts = [int(part.split(",")[0].split(")")[0]) for part in query.split("first: ")[1:]]
    nodes = firsts[0] * (1 + sum(firsts[1:]))

    assert max(firsts) <= 100
    assert nodes <= 5_000  # of 500,000


def _nullable(node):
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _nullable(value) for key, value in node.items() if key != "example"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@pytest.fixture(scope="module")
def rest():
    spec = json.loads((SPECS / "github-rest.json").read_text())
    return spec["paths"], _nullable({"components": {"schemas": spec["components"]["schemas"]}})


ANSWERS = [
    ("get", "/repos/{owner}/{repo}/commits", "?per_page=100", None, "200"),
    ("get", "/repos/{owner}/{repo}/actions/runs", "?created=2026-11-01T00:00:00Z..2026-11-03T00:00:00Z", None, "200"),
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}", "", None, "200"),
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", "?filter=all", None, "200"),
    ("get", "/repos/{owner}/{repo}/issues", "?state=all", None, "200"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}", "", None, "200"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}/comments", "", None, "200"),
    ("get", "/repos/{owner}/{repo}/labels", "", None, "200"),
    ("get", "/user", "", None, "200"),
    ("post", "/repos/{owner}/{repo}/issues", "", {"title": "Prompt", "body": "body", "labels": ["learning-review"]}, "201"),
    ("post", "/repos/{owner}/{repo}/labels", "", {"name": "new"}, "201"),
    ("post", "/repos/{owner}/{repo}/labels", "", {"name": "learning-review"}, "422"),
]


@pytest.mark.parametrize("exchange", ANSWERS, ids=lambda exchange: f"{exchange[0]} {exchange[1]} {exchange[4]}")
def test_a_rest_answer_fits_the_published_schema(github, rest, exchange):
    method, path, query, body, status = exchange
    paths, components = rest
    number = str(next(iter(github.state.repositories[REPO].issues)))
    real = path.replace("{owner}", "acme").replace("{repo}", "shop").replace("{issue_number}", number).replace("{run_id}", "1")

    response = _asked(github, method.upper(), real + query, body)

    answers = paths[path][method]["responses"][status]
    schema = answers.get("content", {}).get("application/json", {}).get("schema", {})
    assert response.status == int(status)
    assert response.json
    assert [error.message for error in Draft202012Validator({**_nullable(schema), **components}).iter_errors(response.json)] == []


def _path_of(paths, request):
    """The published path a request goes to."""
    parts = request.path.strip("/").split("/")
    fits = [path for path in paths if len(path.strip("/").split("/")) == len(parts)]
    return next(path for path in fits if all(a == b or a[0] == "{" for a, b in zip(path.strip("/").split("/"), parts, strict=True)))


def _query_of(spec, operation):
    named = [spec["components"]["parameters"][item["$ref"].rpartition("/")[2]] if "$ref" in item else item for item in operation["parameters"]]
    return {item["name"]: item["schema"] for item in named if item["in"] == "query"}


def test_every_rest_request_is_one_that_is_published(rest):
    paths, components = rest
    spec = json.loads((SPECS / "github-rest.json").read_text())
    state = State(now=lambda: AT)
    state.add_commit(REPO, "Add a cart", AT)
    state.add_run(REPO, "Deploy", "d" * 40, created_at=AT, ended_at=AT + timedelta(hours=3))
    with serve(GitHub(state)) as server:
        api = connect(GITHUB, Connection(secret=state.token), base_url=server.url, requests_per_minute=100_000)
        list(pull(api, Window(AT, AT + timedelta(days=1)), repositories=[REPO], workflows={"Deploy": "production"}))
        tracker = GitHubIssues(api, repository=REPO)
        tracker.open("LO-1", "Prompt", "body")
        list(tracker.find(AT))
        state.add_comment(REPO, 1, "grace", "Yes.")
        tracker.read("1")
        tracker.read("2")
    requests = [request for request in server.requests if request.path != "/graphql"]

    assert len(requests) == 11
    for request in requests:
        operation = paths[_path_of(paths, request)][request.method.lower()]
        allowed = _query_of(spec, operation) if "parameters" in operation else {}
        assert set(request.query) <= set(allowed), request.target
        assert all(request.param(name) in schema["enum"] for name, schema in allowed.items() if name in request.query and "enum" in schema)
        if request.method == "POST":
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert list(Draft202012Validator({**_nullable(schema), **components}).iter_errors(request.json)) == []
        assert request.headers["accept"] == "application/vnd.github+json"
