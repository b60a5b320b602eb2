"""Deploys that were put back: the step-back deploy (NM-01)."""

import re
from collections.abc import Iterator

import pandas as pd

from transforms.events import Events
from transforms.events.rows import each, known
from transforms.near_misses.hits import HOUR, Hit, faded
from transforms.near_misses.words import reading
from transforms.policy import Policy

# Hours live -> how sure we are, then within `deploy_window_hours`, then beyond. Measured: of true step-backs 33 % came within 1 h, 58 % within 4 h,
# 79 % within 24 h.
SOON, WITHIN_WINDOW, LATER = ((1, 0.70), (4, 0.65)), 0.50, 0.30
BRANCH_TEST = 0.30  # what a step back from a bare commit, where releases have other names, is less sure by

_BARE_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


def version_steps(deploys: pd.DataFrame) -> pd.DataFrame:
    """One row a change of version, with `first_seen` of its version, and `replaced_*`: the deploy that was live before it."""
    chain = deploys["chain"]
    steps = deploys[(deploys["version"] != deploys["version"].shift()) | (chain != chain.shift())].reset_index(drop=True)
    place = pd.Series(range(len(steps)), dtype="int64")
    chains = steps.groupby("chain", sort=False)
    seen = place.groupby([steps["chain"], steps["version"]], sort=False).transform("min")
    before = steps["chain"].map(chains.nth(0).set_index("chain")["previous_version"])  # what was live before the log begins
    steps = steps.assign(first_seen=seen.where(steps["version"] != before, -1), bare=steps["version"].astype(str).str.fullmatch(_BARE_COMMIT))
    steps = steps.assign(bare_share=steps.groupby("chain")["bare"].transform("mean"))
    earlier = steps.groupby("chain", sort=False)[["source", "native_id", "version", "commit_sha", "live_at", "first_seen", "bare", "url"]].shift()
    return steps.join(earlier.add_prefix("replaced_"))


def step_backs(events: Events) -> Iterator[Hit]:
    """NM-01: a production deploy of a version first seen before the one it replaces, within `deploy_max_hours`."""
    policy, steps = events.policy, version_steps(events.live_deploys)
    dwell = (steps["live_at"] - steps["replaced_live_at"]).dt.total_seconds()
    back = steps.assign(dwell=dwell)[(steps["first_seen"] < steps["replaced_first_seen"]) & (dwell <= policy.deploy_max_hours * HOUR)]
    for deploy in each(back):
        is_branch_test = bool(deploy.replaced_bare) and not deploy.bare and deploy.bare_share < 0.5
        likelihood = _likelihood(deploy.dwell, policy) - BRANCH_TEST * is_branch_test
        read = reading(known(deploy.title) or "")
        yield Hit(
            detector="NM-01",
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
                "replaced_version": deploy.replaced_version,
                "version": deploy.version,
                "minutes": round(deploy.dwell / 60, 1),
                "is_branch_test": is_branch_test,
                "urls": [url for url in (known(deploy.replaced_url), known(deploy.url)) if url],
            },
            change_id=known(deploy.replaced_commit_sha),
        )


def _likelihood(dwell: float, policy: Policy) -> float:
    within_window = WITHIN_WINDOW if dwell <= policy.deploy_window_hours * HOUR else LATER
    return next((likelihood for hours, likelihood in SOON if dwell <= hours * HOUR), within_window)
