"""The connector's requests and the made-up account's answers, held against PagerDuty's published description of its API; and the contract."""

import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from jsonschema import Draft4Validator

from connectors import pagerduty
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import serve
from tests.connectors.contract import SECRET, contract
from tests.connectors.paged_shop import DAY, NOON, quick

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "pagerduty-rest.json"


@pytest.fixture
def account():
    account = PagerDuty(token=SECRET, requests_per_minute=100_000)
    ada, bob = account.add_user("Ada", "Europe/London"), account.add_user("Bob", "Eastern Time (US & Canada)")
    shop = account.add_service("shop")
    rotas = [account.add_schedule(name, "Europe/London", [ada, bob], DAY.start, is_new=name == "new") for name in ("old", "new")]
    account.add_override(rotas[0], bob, NOON, NOON + timedelta(hours=3))
    account.add_policy("shop", rotas[0], ada)
    account.add_change_event(shop, NOON, "Deployed shop", version="1.4", environment="production")
    script = [(0, "notify", ada), (1, "notify", ada, "phone"), (3, "escalate", "timeout"), (5, "acknowledge", bob), (6, "note", bob)]
    script += [(9, "reassign", ada), (12, "priority", ada, "P2"), (30, "resolve", ada)]
    for n in range(101):
        account.add_incident(shop, DAY.start + timedelta(minutes=n), "Slow", script if n % 50 == 0 else [])
    account.add_incident(shop, NOON, "Goes on", [(3, "acknowledge", ada), (3000, "resolve", "timeout")])
    return account


def test_pagerduty_keeps_the_contract(account):
    with serve(account) as server:
        contract("pagerduty", server, {}, DAY)


@pytest.fixture(scope="module")
def spec():
    if not SPEC.is_file():
        pytest.skip("the published description is not part of the repository")
    return json.loads(SPEC.read_text())


def _operation(spec, request):
    """The operation a path belongs to, the one with the fewest blanks first."""
    for path in sorted(spec["paths"], key=lambda path: path.count("{")):
        parts = path.strip("/").split("/")
        if len(parts) == len(request.segments) and all(p.startswith("{") or p == s for p, s in zip(parts, request.segments, strict=True)):
            return spec["paths"][path][request.method.lower()]
    raise AssertionError(request.path)


def _names(spec, operation):
    found = [spec["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in operation["parameters"]]
    return {parameter["name"] for parameter in found if parameter["in"] == "query"}


def _told(value):
    """The answer without its nulls: the description leaves out which fields may be null."""
    if isinstance(value, dict):
        return {name: _told(inner) for name, inner in value.items() if inner is not None}
    return [_told(inner) for inner in value] if isinstance(value, list) else value


def _unnamed(schema):
    """The description without the two things it says and the vendor does not do: one type name a log entry, twelve channels of one shape."""
    if isinstance(schema, dict):
        return {name: _unnamed(inner) for name, inner in schema.items() if not (name == "oneOf" and len(inner) > 3)}
    return [_unnamed(inner) for inner in schema] if isinstance(schema, list) else schema


def test_every_request_and_every_answer_is_what_the_published_description_says(account, spec):
    answers = []

    def heard(request):
        answers.append((request, account(request)))
        return answers[-1][1]

    with serve(heard) as server:
        list(pagerduty.pull(quick(server, account), DAY, services=["PS000001"]))
    assert {"/incidents", "/log_entries", "/schedules", "/v3/schedules", "/v3/schedules/PR000002"} < {request.path for request, _ in answers}
    components = _unnamed({"components": spec["components"]})
    for request, answer in answers:
        operation = _operation(spec, request)
        assert set(request.query) <= _names(spec, operation), request.target
        schema = _unnamed(operation["responses"]["200"]["content"]["application/json"]["schema"])
        if request.segments[-1] == "log_entries":
            entry = deepcopy(components["components"]["schemas"]["LogEntry"])
            known = entry["allOf"][1]["properties"]
            known["type"]["enum"].append("priority_change_log_entry")  # the vendor sends it and does not list it
            if "incidents" in request.query["include[]"]:
                known["incident"] = {"$ref": "#/components/schemas/Incident"}
            schema = {"properties": {"log_entries": {"items": entry}}, "required": ["log_entries", "more"]}
        errors = list(Draft4Validator(schema | components).iter_errors(_told(answer.json)))
        assert not errors, (request.target, errors[0].message, quote(str(errors[0].absolute_path)))
