"""NM-01, step-back deploy: what was live before a deploy came back."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from signals.records import NOT_LIVE, WENT_LIVE
from transforms.events import Events
from transforms.events.deploys import version_code
from transforms.events.reading import reading
from transforms.events.rows import each, known
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import HOUR, Hit, faded
from transforms.near_misses.questions import PUT_BACK
from transforms.policy import Policy
from transforms.words.foreign_names import tame
from transforms.words.numbers import counted

CODE = "NM-01"

# Hours live -> how sure we are, then within `deploy_window_hours`, then beyond. Measured: of true step-backs 33 % came within 1 h, 58 % within 4 h,
# 79 % within 24 h.
SOON, WITHIN_WINDOW, LATER = ((1, 0.70), (4, 0.65)), 0.50, 0.30
BRANCH_TEST = 0.30  # what a step back from a bare commit, where releases have other names, is less sure by

ROLLOUT_SECONDS = HOUR / 2  # what brings an earlier version this soon may go on to a place that had none yet

_BARE_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


def version_steps(deploys: pd.DataFrame) -> pd.DataFrame:
    """One row a change of what is live, with `first_seen` of it, `again` (what it was called first), and `replaced_*`: what was live before.

    `places`: how many deploys in a row brought it; `places_before`: the most that did so earlier.
    """
    chain = deploys["chain"]
    is_step = (deploys["code"] != deploys["code"].shift()) | (chain != chain.shift())
    steps = deploys[is_step].assign(places=deploys.groupby(is_step.cumsum()).size().to_numpy()).reset_index(drop=True)
    place = pd.Series(range(len(steps)), dtype="int64")
    chains, same = steps.groupby("chain", sort=False), [steps["chain"], steps["code"]]
    seen = place.groupby(same, sort=False).transform("min")
    before = version_code(steps["chain"].map(chains.nth(0).set_index("chain")["previous_version"]))  # what was live before the log begins
    steps = steps.assign(
        first_seen=seen.where(steps["code"] != before, -1),
        again=steps["name"].to_numpy()[seen],
        bare=steps["version"].astype(str).str.fullmatch(_BARE_COMMIT),
        places_before=steps["places"].groupby(same, sort=False).cummax().groupby(same, sort=False).shift().fillna(0),
    )
    steps = steps.assign(bare_share=steps.groupby("chain")["bare"].transform("mean"))
    earlier = steps.groupby("chain", sort=False)[
        ["source", "native_id", "name", "commit_sha", "live_at", "first_seen", "bare", "url", "places"]
    ].shift()
    return steps.join(earlier.add_prefix("replaced_"))


def returns(events: Events) -> pd.DataFrame:
    """Steps to what was live before what they replace, with `dwell` in seconds; `is_told` where it cannot be one more place of a rollout."""
    steps = version_steps(events.live_deploys)
    dwell = (steps["live_at"] - steps["replaced_live_at"]).dt.total_seconds()
    is_back = (steps["first_seen"] < steps["replaced_first_seen"]) & (dwell <= events.policy.deploy_max_hours * HOUR)
    is_rollout = (dwell <= ROLLOUT_SECONDS) & (steps["places_before"] > steps["replaced_places"])
    return steps.assign(dwell=dwell, is_told=~is_rollout)[is_back]


def untold(events: Events) -> dict[str, str]:
    """Source -> that some of its deploys may be a step back or one more region."""
    found = returns(events)
    return {
        str(source): f"{counted(len(theirs), 'deploy')} may have gone back or to one more region: name regions as environments of their own"
        for source, theirs in found[~found["is_told"]].groupby("source")
    }


def step_backs(events: Events) -> Iterator[Hit]:
    """A production deploy of what was first seen before that which it replaces, within `deploy_max_hours`."""
    found = returns(events)
    for deploy in each(found[found["is_told"]]):
        is_branch_test = bool(deploy.replaced_bare) and not deploy.bare and deploy.bare_share < 0.5
        likelihood = _likelihood(deploy.dwell, events.policy) - BRANCH_TEST * is_branch_test
        read = reading(known(deploy.title) or "")
        again = {"again": deploy.again} if deploy.again != deploy.name and deploy.first_seen >= 0 else {}
        yield Hit(
            detector=CODE,
            family="change",
            service=deploy.service,
            trigger_source=deploy.replaced_source,
            trigger_id=deploy.replaced_native_id,
            recovery_source=deploy.source,
            recovery_id=deploy.native_id,
            started_at=deploy.replaced_live_at,
            ended_at=deploy.live_at,
            confidence=faded(likelihood, read),
            stakes=3,
            reading=read,
            evidence={
                "environment": deploy.environment,
                "replaced_version": deploy.replaced_name,
                "version": deploy.name,
                **again,
                "place": deploy.environment,
                "minutes": round(deploy.dwell / 60, 1),
                "is_branch_test": is_branch_test,
                "urls": [url for url in (known(deploy.replaced_url), known(deploy.url)) if url],
            },
            change_id=known(deploy.replaced_commit_sha),
        )


def _likelihood(dwell: float, policy: Policy) -> float:
    within_window = WITHIN_WINDOW if dwell <= policy.deploy_window_hours * HOUR else LATER
    return next((likelihood for hours, likelihood in SOON if dwell <= hours * HOUR), within_window)


def _fact(seen: Mapping[str, Any], took: str) -> str:
    again = tame(seen.get("again"), "")
    replaced, version = tame(seen.get("replaced_version"), "a new version"), tame(seen.get("version"), "an earlier one")
    return f"{replaced} was replaced by {version}{f' ({again} again)' if again else ''} after {took}"


DETECTOR = Detector(
    code=CODE,
    hits=step_backs,
    needs=(("deploys", ("environment", "version", "started_at")),),
    vocabulary=("deploys", "status", (*WENT_LIVE, *NOT_LIVE)),
    untold=untold,
    name="step-back deploy",
    rule="a version seen before came back to production",
    why="An earlier version was put back.",
    fact=_fact,
    shown={
        "environment": "environment",
        "replaced_version": "replaced version",
        "version": "version",
        "again": "again",
        "is_branch_test": "looks like a test of a branch",
    },
    unremarkable={"is_branch_test": False},
    questions=PUT_BACK,
)
