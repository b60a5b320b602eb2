"""LaunchDarkly: what a flag serves in an environment, as configuration changes, from the audit log (launchdarkly.com/docs/api/audit-log).

`scope` is the project, `target` is `project/flag#setting`. Not told: variations that were edited, flags created, archived, deleted.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from connectors.disclosure import Disclosure
from connectors.http import Api, Vendor
from connectors.paging import Page, at
from connectors.parse import parsed
from connectors.reasons import REMEDY
from connectors.registry import Yields, source
from connectors.secret_forms import masked
from connectors.web.waiting import reset_at
from signals.pulled import Unfit
from signals.records import ConfigChange
from signals.windows import Window

LAUNCHDARKLY = Vendor(
    name="LaunchDarkly",
    base_url="https://app.launchdarkly.com",
    auth=lambda connection: {"Authorization": connection.secret or ""},
    headers={"LD-API-Version": "20240415"},
    requests_per_minute=300,  # the vendor's numbers are not published
    wait=reset_at("X-Ratelimit-Reset", per_second=1000),
)
Item = dict[str, Any]
_LARGEST_PAGE = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SERVING = re.compile(r"On$|Fallthrough|OffVariation|Rules|Targets|Prerequisites|MeasuredRollout|AutomatedRelease|^copyFlagConfigTo$|^applyApproval")
_RESOURCE = re.compile(r"proj/([^:;]+)[^:]*:env/([^:;]+)[^:]*:flag/([^:;]+)")
_SETTINGS = ("on", "fallthrough", "offVariation", "rules", "targets", "contextTargets", "prerequisites")
_KEPT = ("_id", "date", "kind", "name", "titleVerb", "comment", "accesses")  # nobody's name or address, no value of a flag


@source("launchdarkly", kinds=("config_changes",), vendor=LAUNCHDARKLY, look_back=timedelta(hours=1))
def pull(api: Api, window: Window, *, projects: Sequence[str], environments: Sequence[str] = ("production",)) -> Yields:
    """Flag changes of the window in these projects and environments (keys, not names), one request for each besides the list.

    The connection's password is an access token with the Reader role; EU accounts set its host to https://app.eu.launchdarkly.com.
    A project counts as a repository of `[services.NAME]`; `paths = ["shop:shop/checkout-*"]` gives a service these flags of the project `shop`.
    """
    for project in projects:
        for environment in environments:
            with api.scope(f"{project}/{environment}"):
                wanted = filter(_is_wanted, _entries(api, window, f"proj/{project}:env/{environment}:flag/*"))
                for entry in api.over(partial(_whole, api), wanted):
                    yield from _changes(entry, project, environment, window)
    api.settle()


def _entries(api: Api, window: Window, spec: str) -> Iterator[Any]:
    """The list's entries, newest first, each once: `after` and `before` leave out their own millisecond."""
    first, end = (-((_EPOCH - moment) // _MILLISECOND) for moment in (window.start, window.end))
    asked = {"spec": spec, "after": first - 1, "before": end, "limit": _LARGEST_PAGE}
    seen: set[str] = set()
    for entry in api.pages("api", "v2", "auditlog", items="items", pager=_older, params=asked):
        key = at(entry, "_id")
        if not isinstance(key, str) or key not in seen:
            yield entry
        if isinstance(key, str):
            seen.add(key)


def _older(page: Page) -> Mapping[str, int] | None:
    # The oldest millisecond is read twice, for what else happened in it. A full page of one millisecond leads back to itself: `Api.pages` raises.
    # A date outside of what was asked for is a mistake in one entry, which must not end the list.
    after, before = page.params["after"], page.params["before"]
    dates = [date for entry in page.items if isinstance(date := at(entry, "date"), int) and after < date < before]
    return {"before": min(dates, default=before - 1) + 1} if len(page.items) >= _LARGEST_PAGE else None


def _is_wanted(entry: Any) -> bool:
    """Whether the entry may have changed what is served; one that cannot be read goes on, into quarantine."""
    accesses = at(entry, "accesses")
    actions = [at(access, "action") for access in accesses] if isinstance(accesses, list) else [None]
    return any(not isinstance(action, str) or _SERVING.search(action) for action in actions)


def _whole(api: Api, entry: Any) -> Any:
    """The entry with the flag before and after, which the list leaves out."""
    key = at(entry, "_id")
    return api.get("api", "v2", "auditlog", key) if isinstance(key, str) and key else entry


def _changes(entry: Any, project: str, environment: str, window: Window) -> Iterator[ConfigChange | Unfit]:
    for setting in _SETTINGS:
        for change in parsed("config_changes", change_of, [entry], setting, project, environment):
            if isinstance(change, Unfit):
                yield change
                return
            if change.applied_at not in window:
                yield Unfit(
                    "config_changes", f"its date is {change.applied_at}, outside of the time that was asked for. {REMEDY}", entry, change.native_id
                )
                return
            if change.old_value != change.new_value:
                yield change


def change_of(entry: Item, setting: str, project: str, environment: str) -> ConfigChange:
    """One setting of a flag in one environment; both values are equal where the entry left it alone."""
    if not isinstance(key := entry["_id"], str) or not key:
        message = f"_id is {key!r:.80} and names nothing, so what the entry changed cannot be asked for; look at the audit log in LaunchDarkly"
        raise ValueError(message)
    flag = _flag(entry, project, environment)
    said = f"{entry.get('titleVerb') or 'changed the flag'} {entry.get('name') or flag}"
    comment = (entry.get("comment") or "").strip().partition("\n")[0]
    robot = entry.get("token") or entry.get("app")
    return ConfigChange(
        native_id=f"{key}@{environment}#{setting}",
        scope=project,
        raw={name: masked(kept) if isinstance(kept := entry[name], str) else kept for name in _KEPT if name in entry},
        system="LaunchDarkly",
        target=f"{project}/{flag}#{setting}",
        environment=environment,
        old_value=_shown(_state(entry, "previousVersion", environment).get(setting), flag, setting),
        new_value=_shown(_state(entry, "currentVersion", environment).get(setting), flag, setting),
        actor=(entry.get("member") or robot or {}).get("_id"),
        is_bot=bool(robot),
        applied_at=_EPOCH + entry["date"] * _MILLISECOND,
        title=masked(f"{said}: {comment}" if comment else said),
    )


def _flag(entry: Item, project: str, environment: str) -> str:
    found = (_RESOURCE.match(access["resource"]) for access in entry["accesses"])
    flag = next((match[3] for match in found if match and match.group(1, 2) == (project, environment)), None)
    if flag is None:
        message = f"none of its resources is a flag of {project} in {environment}; look at the entry in LaunchDarkly"
        raise ValueError(message)
    return flag


def _state(entry: Item, version: str, environment: str) -> Item:
    state: Item | None = (at(entry, f"{version}.environments") or {}).get(environment)
    if state is None:
        message = f"its {version} does not tell what the flag served in {environment}; look at the entry in LaunchDarkly"
        raise ValueError(message)
    return state


def _shown(value: Any, flag: str, setting: str) -> str | None:
    """On or off, the share of each variation (`0=75% 1=25%`), a variation's number; of anything else a hash, for it names people and holds values."""
    if value is None or value == []:
        return None
    if setting == "on":
        return {True: "on", False: "off"}[value]
    if setting == "fallthrough":
        return _shares(value)
    if setting == "offVariation":
        return str(int(value))
    # A rule that is taken out and added again gets another `_id`.
    plain = json.loads(json.dumps(value), object_hook=lambda part: {name: inner for name, inner in part.items() if name != "_id"})
    return Disclosure().shown(flag, setting, json.dumps(plain, sort_keys=True))


def _shares(fallthrough: Item) -> str:
    rollout = fallthrough.get("rollout")
    weights: Counter[int] = Counter()
    for served in rollout["variations"] if rollout else [{"variation": fallthrough["variation"], "weight": 100_000}]:
        weights[int(served["variation"])] += served["weight"]
    return " ".join(f"{variation}={weight / 1000:g}%" for variation, weight in sorted(weights.items()) if weight)
