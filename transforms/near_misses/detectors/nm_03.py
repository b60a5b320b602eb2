"""NM-03, configuration value put back: a setting has the value again that it had before."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from transforms.estate import Estate
from transforms.events import Events, Tables
from transforms.events.reading import reading
from transforms.events.rows import each, known, rows
from transforms.near_misses.detector import Detector
from transforms.near_misses.hits import HOUR, ONE_RUN, Hit, faded, is_one_run
from transforms.near_misses.questions import PUT_BACK
from transforms.words.foreign_names import setting

CODE = "NM-03"

USUALLY, SOON, OWN_TYPO = 0.55, 0.60, 0.35
TYPO_SECONDS = 600

_KEY = ["source", "scope", "system", "environment", "target"]  # two repositories have files of one name
_COLUMNS = ("scope", "system", "environment", "target", "old_value", "new_value", "actor", "is_bot", "applied_at", "title", "is_planned", "url")


def value_changes(tables: Tables) -> pd.DataFrame:
    """Real changes of a value in order, `key` counting the keys; an absent value is one of the values."""
    changes = rows(tables, "config_changes", _COLUMNS, "applied_at")
    values = {name: changes[name].astype(object).where(changes[name].notna(), "") for name in ("old_value", "new_value")}
    changes = changes.assign(**values)
    changes = changes[changes["old_value"] != changes["new_value"]].reset_index(drop=True)
    key = changes.groupby(_KEY, sort=False, dropna=False).ngroup()
    return changes.assign(key=key, place=range(len(changes)), nth=changes.groupby(key).cumcount())


def returns(changes: pd.DataFrame) -> pd.DataFrame:
    """Pairs (`place`, `left_place`): a change that brought a value back, and the last change before it that took the value away."""
    left = changes[["place", "key", "old_value"]].rename(columns={"place": "left_place", "old_value": "value"})
    came = changes[["place", "key", "new_value"]].rename(columns={"new_value": "value"})
    paired = pd.merge_asof(came, left, left_on="place", right_on="left_place", by=["key", "value"], allow_exact_matches=False)
    return paired.dropna(subset="left_place").astype({"left_place": "int64"})


def values_put_back(events: Events) -> Iterator[Hit]:
    """A value changed and set again within `config_window_hours`; setting the new value once more is no second event."""
    changes = value_changes(events.tables)
    pairs = returns(changes)
    dwell = (changes["applied_at"].to_numpy()[pairs["place"]] - changes["applied_at"].to_numpy()[pairs["left_place"]]) / pd.Timedelta(seconds=1)
    pairs = pairs.assign(dwell=dwell)[dwell <= events.policy.config_window_hours * HOUR]
    involved = sorted({*pairs["left_place"], *pairs["place"]})
    change = dict(zip(involved, each(changes.iloc[involved]), strict=True))
    put_back: set[int] = set()
    for pair in each(pairs):
        if pair.left_place not in put_back:
            put_back.add(pair.place)
            yield _hit(change[pair.left_place], change[pair.place], float(pair.dwell), events.estate)


def _hit(left: Any, back: Any, dwell: float, estate: Estate) -> Hit:
    read = reading(known(back.title) or "", known(left.title) or "")
    return Hit(
        detector=CODE,
        family="change",
        service=back.service,
        trigger_source=left.source,
        trigger_id=left.native_id,
        recovery_source=back.source,
        recovery_id=back.native_id,
        started_at=left.applied_at,
        ended_at=back.applied_at,
        confidence=faded(_likelihood(left, back, dwell), read),
        stakes=2,
        reading=read,
        evidence={
            "environment": known(back.environment),
            "target": known(back.target),
            "minutes": round(dwell / 60, 1),
            "place": f"{known(back.scope) or ''}/{back.target}",
            "chain_length": int(back.nth - left.nth + 1),
            "urls": [url for url in (known(left.url), known(back.url)) if url],
        },
        aside=_aside(left, back, dwell, estate),
    )


def _likelihood(left: Any, back: Any, dwell: float) -> float:
    is_own = known(back.actor) is not None and left.actor == back.actor
    if is_own and dwell <= TYPO_SECONDS:
        return OWN_TYPO
    return SOON if dwell <= HOUR else USUALLY


def _aside(left: Any, back: Any, dwell: float, estate: Estate) -> str | None:
    """Why this is not worth asking about: it was announced as planned, a bot's own, or not production."""
    if any(known(change.is_planned) for change in (left, back)):
        return "planned"
    if is_one_run(left.actor, left.is_bot, back.actor, back.is_bot, dwell):
        return ONE_RUN
    environment = known(back.environment)
    return "not production" if environment and not estate.is_production(back.service, environment) else None


DETECTOR = Detector(
    code=CODE,
    hits=values_put_back,
    needs=(("config_changes", ("target", "old_value", "new_value", "applied_at")),),
    name="configuration value put back",
    rule="a setting went back to the value it had before",
    why="A configuration value was put back.",
    fact=lambda seen, took: f"{setting(seen.get('target'))} was put back to its earlier value after {took}",
    shown={"environment": "environment", "target": "setting", "chain_length": "changes of it in that time"},
    unremarkable={"chain_length": 2},
    questions=PUT_BACK,
)
