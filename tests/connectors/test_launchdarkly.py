"""LaunchDarkly over real HTTP, held against the published description of its API: what flag changes become of an account's audit log."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from connectors import launchdarkly
from connectors.errors import Garbled
from connectors.http import Connection, connect
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer
from pipeline.configuration import ServiceTable
from pipeline.mapping import service_of
from signals.pulled import Unfit
from signals.records import ConfigChange
from signals.windows import Window
from tests.connectors.contract import SECRET, contract
from tests.connectors.drift import TEXTS

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "launchdarkly.json"
DAY = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC))
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
QUICK = replace(launchdarkly.LAUNCHDARKLY, requests_per_minute=100_000)
ADA = {"member": {"_links": {}, "_id": "m-ada", "email": "ada@example.org", "firstName": "Ada", "lastName": "Lovelace"}}
PIPELINE = {"token": {"_links": {}, "_id": "t-1", "name": "pipeline", "ending": "2345", "serviceToken": True}}
ALWAYS = {"_links": {}, "_accountId": "a1", "kind": "flag", "title": "[Ada Lovelace](mailto:ada@example.org) updated a flag"}
DETAILS = ("delta", "triggerBody", "merge", "previousVersion", "currentVersion", "subentries")
RULE = {"_id": "r1", "variation": 0, "clauses": [{"_id": "c1", "attribute": "email", "op": "in", "values": ["bob@example.org"], "negate": False}]}


class Account:
    """Flags and the audit log of what was done to them; lists it as the vendor does."""

    def __init__(self):
        self.log = []

    def flag(self, key, project="shop"):
        off = {"on": False, "fallthrough": {"variation": 0}, "offVariation": 1, "rules": [], "targets": [], "contextTargets": [], "prerequisites": []}
        variations = [{"_id": "v0", "value": {"endpoint": "new.example.org"}}, {"_id": "v1", "value": {"endpoint": "old.example.org"}}]
        flag = {"key": key, "name": key.capitalize(), "variations": variations, "_maintainer": ADA["member"]}
        return flag | {"project": project, "environments": {"production": off, "staging": deepcopy(off)}}

    def change(self, flag, at, *actions, by=ADA, environment="production", comment="", **state):
        before = deepcopy(flag)
        flag["environments"][environment].update(state)
        resource = f"proj/{flag['project']}:env/{environment}:flag/{flag['key']};a-tag"
        said = {"description": "* Changed it for `bob@example.org`", "shortDescription": "", "comment": comment, "titleVerb": "updated the flag"}
        entry = ALWAYS | said | by | {"_id": f"e{len(self.log)}", "date": round(at.timestamp() * 1000), "name": flag["name"]}
        entry["accesses"] = [{"action": action, "resource": resource} for action in actions]
        entry["target"] = {"_links": {}, "name": flag["name"], "resources": [resource]}
        self.log.append(entry | {"previousVersion": before, "currentVersion": deepcopy(flag)})
        return self.log[-1]

    def __call__(self, request):
        if request.headers.get("authorization") != SECRET:
            return Response(401, json={"code": "unauthorized", "message": "invalid key"})
        if request.segments != ("api", "v2", "auditlog"):
            found = [entry for entry in self.log if request.segments == ("api", "v2", "auditlog", entry["_id"])]
            return Response(json=found[0]) if found else Response(404, json={"code": "not_found", "message": "not found"})
        limit = int(request.param("limit", "10"))
        if not 1 <= limit <= 20:
            return Response(400, json={"code": "invalid_request", "message": "limit must be between 1 and 20"})
        newest = sorted((entry for entry in self.log if self._is_asked(request, entry)), key=lambda entry: entry["date"], reverse=True)
        items = [{name: value for name, value in entry.items() if name not in DETAILS} for entry in newest[:limit]]
        return Response(json={"items": items, "_links": {"self": {"href": request.target, "type": "application/json"}}})

    @staticmethod
    def _is_asked(request, entry):
        spec = request.param("spec", "*")
        is_between = int(request.param("after", "0")) < entry["date"] < int(request.param("before", "9" * 15))
        return is_between and any(fnmatchcase(access["resource"], spec) for access in entry["accesses"])


@pytest.fixture
def server():
    with serve(Account()) as running:
        yield running


@pytest.fixture
def account(server):
    return server.app


@pytest.fixture
def pulled(server):
    def pull(window=DAY, **options):
        server.requests.clear()
        return list(launchdarkly.pull(connect(QUICK, Connection(server.url, secret=SECRET)), window, **{"projects": ["shop"], **options}))

    return pull


def toggled(account, count, step=timedelta(minutes=1), start=NOON):
    flag = account.flag("checkout")
    for number in range(count):
        account.change(flag, start + number * step, "updateOn", on=number % 2 == 0)


def test_launchdarkly_keeps_the_contract(account, server):
    toggled(account, 2)
    for number in range(40):
        account.change(account.flag("banner"), NOON - timedelta(seconds=number + 1), "updateTags")
    toggled(account, 2, start=NOON - timedelta(hours=1))
    # An action of another name is another action, which may serve nothing; a flag that is on before and after has not changed.
    contract("launchdarkly", server, {"projects": ["shop"]}, DAY, may_hide={("action", text) for text in TEXTS} | {("on", "true")})


def test_every_request_and_every_answer_is_what_the_published_description_says(account, server, pulled):
    toggled(account, 25)
    pulled()
    assert len(server.requests) == 2 + 25
    assert {(request.headers["authorization"], request.headers["ld-api-version"]) for request in server.requests} == {(SECRET, "20240415")}
    if not SPEC.is_file():
        pytest.skip("the published description is not part of the repository")
    spec = json.loads(SPEC.read_text())
    for request in server.requests:
        operation = spec["paths"]["/api/v2/auditlog/{id}" if request.segments[3:] else "/api/v2/auditlog"]["get"]
        assert set(request.query) <= {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"] | {"components": spec["components"]}
        assert not [error.message for error in Draft4Validator(schema).iter_errors(account(request).json)]


def test_a_flag_turned_on_and_off_again_is_one_setting_put_back(account, pulled):
    flag = account.flag("new-checkout")
    account.change(flag, NOON, "updateOn", on=True)
    account.change(flag, NOON + timedelta(minutes=9), "updateOn", on=False, comment=" too many timeouts\nsee the chat")
    off, on = pulled()
    said = {"system": "LaunchDarkly", "environment": "production", "actor": "m-ada", "applied_at": NOON, "title": "updated the flag New-checkout"}
    values = {"target": "shop/new-checkout#on", "old_value": "off", "new_value": "on"}
    assert on == ConfigChange(native_id="e0@production#on", scope="shop", **said, **values)
    assert (off.target, off.old_value, off.new_value) == (on.target, on.new_value, on.old_value)
    assert off.title == "updated the flag New-checkout: too many timeouts"


def test_a_rollout_is_told_as_the_share_of_each_variation(account, pulled):
    flag = account.flag("checkout")
    for weight in (5_000, 50_000):
        shares = [{"variation": 0, "weight": weight}, {"variation": 1, "weight": 60_000 - weight}, {"variation": 1, "weight": 40_000}]
        account.change(flag, NOON + timedelta(milliseconds=weight), "updateFallthrough", fallthrough={"rollout": {"variations": shares}})
    account.change(flag, NOON + timedelta(hours=1), "updateFallthroughWithMeasuredRolloutV2", fallthrough={"variation": 1}, offVariation=0)
    full, off, raised, first = pulled()
    assert {change.target for change in (full, raised, first)} == {"shop/checkout#fallthrough"}
    assert [first.old_value, first.new_value, raised.new_value, full.new_value] == ["0=100%", "0=5% 1=95%", "0=50% 1=50%", "1=100%"]
    assert (off.target, off.old_value, off.new_value) == ("shop/checkout#offVariation", "1", "0")


def test_a_rule_added_again_has_the_hash_it_had_and_nobody_is_named(account, pulled):
    flag = account.flag("checkout")
    account.change(flag, NOON, "updateRules", rules=[RULE])
    account.change(flag, NOON + timedelta(minutes=1), "updateRules", rules=[])
    account.change(flag, NOON + timedelta(minutes=2), "updateRules", "updateTargets", rules=[RULE | {"_id": "r2"}], targets=[{"values": ["bob"]}])
    again, targets, gone, first = pulled()
    assert (again.target, targets.target) == ("shop/checkout#rules", "shop/checkout#targets")
    assert first.old_value is gone.new_value is None
    assert first.new_value == gone.old_value == again.new_value
    assert first.new_value.startswith("sha256:")
    told = repr([(change, change.raw) for change in (again, targets, gone, first)]).lower()
    assert not [word for word in ("ada@", "lovelace", "bob", "example.org", "mailto") if word in told]


def test_only_entries_that_change_what_is_served_cost_a_request(account, server, pulled):
    flag = account.flag("checkout")
    for action in ("updateName", "updateTags", "updateDescription", "updateMaintainer", "createApprovalRequest", "updateFlagRuleDescription"):
        account.change(flag, NOON, action)
    account.change(flag, NOON, "updateTags", "updateOn", on=True)
    [change] = pulled()
    assert change.new_value == "on"
    assert [request.path for request in server.requests] == ["/api/v2/auditlog", "/api/v2/auditlog/e6"]


def test_entries_of_one_millisecond_on_two_pages_all_arrive_once(account, pulled):
    toggled(account, 19, start=NOON + timedelta(hours=1))
    toggled(account, 7, step=timedelta())
    assert sorted(change.native_id for change in pulled()) == sorted(f"e{number}@production#on" for number in range(26))


def test_more_of_one_millisecond_than_a_page_holds_is_an_error(account, pulled):
    toggled(account, 21, step=timedelta())
    with pytest.raises(Garbled):
        pulled()


def test_the_window_has_its_first_millisecond_and_not_its_last(account, pulled):
    flag = account.flag("checkout")
    for number, at in enumerate((DAY.start - MILLISECOND, DAY.start, DAY.end - MILLISECOND, DAY.end)):
        account.change(flag, at, "updateOn", on=number % 2 == 0)
    assert [change.applied_at for change in pulled()] == [DAY.end - MILLISECOND, DAY.start]
    assert not pulled(Window(DAY.start + MILLISECOND / 2, NOON))
    assert len(pulled(Window(DAY.start, DAY.start + MILLISECOND / 2))) == 1


def test_a_flag_without_a_name_is_told_by_its_key(account, pulled):
    account.change(account.flag("checkout"), NOON, "updateOn", on=True)["name"] = None
    assert [change.title for change in pulled()] == ["updated the flag checkout"]


@pytest.mark.parametrize(("by", "actor", "is_bot"), [(ADA, "m-ada", False), (PIPELINE, "t-1", True), (ADA | PIPELINE, "m-ada", True)])
def test_what_a_token_does_is_a_robots_doing(account, pulled, by, actor, is_bot):
    account.change(account.flag("checkout"), NOON, "updateOn", by=by, on=True)
    [change] = pulled()
    assert (change.actor, change.is_bot) == (actor, is_bot)


def test_only_the_projects_and_environments_asked_for_are_told(account, pulled):
    shop, other = account.flag("checkout"), account.flag("checkout", project="other")
    account.change(shop, NOON, "updateOn", environment="staging", on=True)
    account.change(other, NOON, "updateOn", on=True)
    assert not pulled()
    [staging] = pulled(environments=["production", "staging"])
    assert staging.environment == "staging"
    assert [change.target for change in pulled(projects=["shop", "other"])] == ["other/checkout#on"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"previousVersion": None}, "previousVersion does not tell"),
        ({"currentVersion": {"environments": {}}}, "currentVersion does not tell"),
        (
            {"currentVersion": {"environments": {"production": {"on": True, "fallthrough": {"variation": None}}}}},
            "fallthrough.variation is empty",
        ),
        ({"_id": ""}, "_id is '' and names nothing"),
        ({"_id": None}, "_id is None and names nothing"),
        ({"currentVersion": {"environments": {"production": {"on": "yes"}}}}, "production.on is 'yes', a word that is not known here"),
        ({"accesses": [{"action": "updateOn", "resource": "proj/shop:env/*:flag/checkout"}]}, "none of its resources"),
    ],
)
def test_an_entry_that_does_not_tell_the_change_is_put_aside_with_the_reason(account, pulled, broken, reason):
    flag = account.flag("checkout")
    account.change(flag, NOON, "updateOn", on=True)
    entry = account.change(flag, NOON + timedelta(minutes=1), "updateOn", on=False)
    account._is_asked = lambda *_: True
    entry.update(broken)
    unfit, change = pulled()
    assert change.new_value == "on"
    assert isinstance(unfit, Unfit)
    assert reason in unfit.reason


def test_after_a_limit_it_waits_until_the_moment_the_vendor_names(account, server):
    toggled(account, 1)
    slept = []
    server.faults.append(answer(429, x_ratelimit_reset=str(round(datetime.now(UTC).timestamp() * 1000) + 7000)))
    api = connect(QUICK, Connection(server.url, secret=SECRET), sleep=slept.append, clock=lambda: sum(slept))
    assert len(list(launchdarkly.pull(api, DAY, projects=["shop"]))) == 1
    assert 5 < sum(slept) < 10


def test_the_flags_of_a_project_are_divided_among_services_by_their_keys(account, pulled):
    account.change(account.flag("checkout-new"), NOON, "updateOn", on=True)
    account.change(account.flag("banner"), NOON, "updateOn", on=True)
    services = {"checkout": ServiceTable(paths=["shop:shop/checkout-*"]), "storefront": ServiceTable(repositories=["shop"])}
    assert [service_of(services)(change) for change in pulled()] == ["checkout", "storefront"]
