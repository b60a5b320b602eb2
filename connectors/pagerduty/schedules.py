"""PagerDuty's on-call schedules as they are really rendered, old ones and those moved to the v3 API (which leave the old list).

Entries are asked for whole (`overflow`), with four weeks more on either side than is wanted, so that entries of one person that touch can be
joined in the same way by every window: joined are those that together last four weeks at most. People that are on for longer than that keep
the entries of the rotation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from connectors.http import Api
from connectors.pagerduty.lists import Item, everything, key_of, span_of
from connectors.paging import at
from connectors.parse import instant, maybe_instant, parsed
from connectors.reasons import REMEDY
from connectors.registry import Yields
from connectors.zones import zone_of
from signals.pulled import Snapshot, Unfit
from signals.records import Shift
from signals.windows import Window

AHEAD = timedelta(days=28)  # definitions, on-call inputs: past and next 28 days
_JOINED = timedelta(days=28)
_PART = timedelta(days=92)  # so much is rendered in one answer: a week with what is asked for around it fits


def shift_of(entry: Item, key: str, detail: Any, level: int, open_end: datetime) -> Shift:
    """A rendered entry of the schedule with this id; one without an end lasts as far as was asked. `schedule` is its name, as people write it."""
    is_new = "start_time" in entry
    starts_at = instant(entry["start_time" if is_new else "start"])
    person = key_of({"id": at(entry, "member.user_id")} if is_new else entry.get("user"), "user on call")
    return Shift(
        native_id=f"{key}/{starts_at:%Y-%m-%dT%H:%M:%SZ}/{person}",
        scope=key,
        person=person,
        schedule=_name(detail) or key,
        level=level,
        starts_at=starts_at,
        ends_at=maybe_instant(entry.get("end_time" if is_new else "end")) or open_end,
        origin="override" if is_new and str(at(entry, "source.type")).endswith("_override") else "rotation",
        zone=zone_of(at(detail, "time_zone")),
    )


def _name(detail: Any) -> str | None:
    """What people call a schedule."""
    return next((name for name in (at(detail, "name"), at(detail, "summary")) if isinstance(name, str) and name), None)


def _is_held(entry: Any) -> bool:
    """Whether somebody is on; a v3 schedule says so where a slot is left empty on purpose."""
    return bool(at(entry, "member.type") != "empty_member")


def _marked(shifts: Sequence[Shift], overrides: Sequence[Shift]) -> Iterator[Shift]:
    """The shifts, those that an override of the same person explains marked so (old schedules list overrides apart)."""
    for shift in shifts:
        explained = any(o.person == shift.person and o.starts_at <= shift.starts_at and shift.ends_at <= o.ends_at for o in overrides)
        yield replace(shift, origin="override") if explained else shift


def joined(shifts: Sequence[Shift]) -> Iterator[Shift]:
    """The shifts with touching ones of one person and origin made one, unless that lasts longer than four weeks."""
    ordered = sorted(shifts, key=lambda shift: (str(shift.person), shift.origin, shift.starts_at))
    for _, own in groupby(ordered, key=lambda shift: (shift.person, shift.origin)):
        chain: list[Shift] = []
        for shift in own:
            if chain and chain[-1].ends_at != shift.starts_at:
                yield from _one(chain)
                chain = []
            chain.append(shift)
        yield from _one(chain)


def _one(chain: list[Shift]) -> list[Shift]:
    is_short = chain[-1].ends_at - chain[0].starts_at <= _JOINED
    return [replace(chain[0], ends_at=chain[-1].ends_at)] if is_short else chain


def _list(body: Any, path: str) -> list[Any]:
    found = at(body, path)
    return found if isinstance(found, list) else []


def _levels(api: Api) -> dict[str, int]:
    """The lowest level at which an escalation policy calls each schedule; the first to be called is 1."""
    levels: dict[str, int] = {}
    with api.scope("escalation_policies"):
        rules = [rule for policy in everything(api, "escalation_policies") for rule in enumerate(_list(policy, "escalation_rules"), 1)]
        for level, rule in sorted(rules, key=lambda pair: pair[0]):
            for target in _list(rule, "targets"):
                levels.setdefault(str(at(target, "id")), level)
    return levels


def _rendered(api: Api, path: tuple[str, ...], span: Window, level: int) -> Iterator[Shift | Unfit]:
    """The entries of one schedule, whole, each once."""
    key = path[-1]
    found: dict[str, Shift] = {}
    overrides: list[Shift] = []
    for part in span.chunks(_PART):
        included = {"include[]": ["final_schedule"]} if path[0] == "v3" else {}
        detail = at(api.get(*path, params={**span_of(part), "overflow": "true", **included}), "schedule")
        entries = at(detail, "final_schedule.computed_shift_assignments" if included else "final_schedule.rendered_schedule_entries")
        if not isinstance(entries, list):
            yield Unfit("shifts", f"the schedule came without its rendered entries. {REMEDY}", detail, key)
            return
        if (named := at(detail, "time_zone")) and zone_of(named) is None:
            api.degraded[f"time zone of schedule {key}"] = f"pagerduty: {named!r} is neither an IANA nor a Rails name; its shifts have no zone"
        context = (key, detail, level, span.end)
        listed = _list(detail, "overrides_subschedule.rendered_schedule_entries")
        for shift in parsed("shifts", shift_of, filter(_is_held, entries), *context):
            if isinstance(shift, Unfit):
                yield shift
            else:
                found[shift.native_id] = shift
        overrides += [shift for shift in parsed("shifts", shift_of, listed, *context) if isinstance(shift, Shift)]
    yield from joined(list(_marked(list(found.values()), overrides)))


def _schedule(api: Api, path: tuple[str, ...], window: Window, level: int) -> Yields:
    """One schedule, and the proof that it is complete, which an entry that cannot be read takes away."""
    wanted = Window(window.start, window.end + AHEAD)
    is_complete = True
    for shift in _rendered(api, path, Window(window.start - _JOINED, wanted.end + _JOINED), level):
        if isinstance(shift, Unfit):
            is_complete = False
            yield shift
        elif shift.starts_at < wanted.end and shift.ends_at > wanted.start:
            yield shift
    if is_complete:
        yield Snapshot(Shift, path[-1], wanted)


def shifts(api: Api, window: Window, schedules: Sequence[str], level: int) -> Yields:
    """Who was and will be on call, by schedule; of all schedules where none is named. `level` is for those no escalation policy calls."""
    levels = _levels(api)
    for path in (("schedules",), ("v3", "schedules")):
        with api.scope("/".join(path)):
            for item in everything(api, *path):
                key = at(item, "id")
                if not isinstance(key, str) or not key:
                    yield Unfit("shifts", f"a schedule without an id. {REMEDY}", item)
                elif not schedules or key in schedules:
                    with api.scope(f"schedule {key}"):
                        yield from _schedule(api, (*path, key), window, levels.get(key, level))
