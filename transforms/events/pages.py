"""Pages: which alert each is of, whether a person took it, whether it ended by itself, whether somebody was asleep; and the cycles of an alert."""

import re

import pandas as pd

from signals.automation import is_program
from transforms.events.alerts import alert_codes, alert_marks
from transforms.events.interruptions import loud, night_of
from transforms.events.people import People
from transforms.events.rows import Tables, rows

# What a page is called that asked nobody. The word is a mark of its own, never part of what an alert is about ("load test environment down").
_MARK = r"(?:tests?|testing|(?:fire ?)?drill|exercise)"
_TEST = re.compile(
    rf"[\[({{<]\s*{_MARK}\s*[\])}}>]|^\W*{_MARK}\s*(?:[:!.-]|$)|\b{_MARK} (?:page|alert|notification|incident|only)\b"
    r"|^\W*this is (?:just |only )?an? test\b|\bplease (?:ignore|disregard)\b|\bignore this (?:page|alert|test)\b",
    re.IGNORECASE,
)
_COLUMNS = (
    "alert_key",
    "title",
    "triggered_at",
    "acknowledged_at",
    "acknowledged_by",
    "resolved_at",
    "resolved_by_kind",
    "teams",
    "incident_id",
    "has_note",
    "url",
)


def pages(tables: Tables, people: People) -> pd.DataFrame:
    """Each page that asked somebody once, by triggered_at; test pages and drills are left out.

    `alert`: number of the alert, `mark`: its fingerprint. `seconds`: until it was resolved. `acknowledged_at`, `acknowledged_by`: by a
    person, before the end; else missing. `is_self_resolved`, `is_asleep`.
    """
    found = rows(tables, "pages", _COLUMNS, "triggered_at")
    found = found[~found["title"].astype("str").str.contains(_TEST, na=False)].reset_index(drop=True)
    resolved, acknowledged = (pd.to_datetime(found[name], utc=True) for name in ("resolved_at", "acknowledged_at"))
    by_person = _by_person(found["acknowledged_by"]) & ~(acknowledged > resolved)
    by_itself = found["resolved_by_kind"].isin(["integration", "timeout"]) & found["has_note"].astype("boolean").fillna(value=False).eq(other=False)
    found = found.assign(mark=alert_marks(found))
    return found.assign(
        alert=alert_codes(found),
        resolved_at=resolved,
        acknowledged_at=acknowledged.where(by_person),
        acknowledged_by=found["acknowledged_by"].astype("object").where(by_person & acknowledged.notna(), None),
        seconds=(resolved - found["triggered_at"]).dt.total_seconds(),
        is_self_resolved=by_itself,
        is_asleep=found["native_id"].isin(sleep_pages(tables, people)),
    )


def _by_person(names: pd.Series) -> pd.Series:
    """Whether who took a page is no program; where nobody is named it was a person, for programs are."""
    programs = {name for name in names.dropna().astype("str").unique() if is_program(name)}
    return ~names.isin(programs)


def cycles(found: pd.DataFrame) -> pd.DataFrame:
    """An alert coming and going, by triggered_at: a cycle begins only after the one before of the same alert ended.

    Pages of several hosts in one outage are one cycle, named as its first page, with `pages` (identities), the first acknowledgement, the
    last end (missing while one is open), `is_self_resolved` where all of them were and `is_asleep` where any of them woke somebody.
    """
    ordered = found.sort_values(["alert", "triggered_at", "native_id", "source"], ignore_index=True)
    ended = ordered["resolved_at"].fillna(ordered["triggered_at"]).groupby(ordered["alert"]).cummax()
    before = pd.DataFrame({"ended": ended, "began": ordered["triggered_at"]}).groupby(ordered["alert"]).shift()
    is_new = before["ended"].isna() | ((ordered["triggered_at"] >= before["ended"]) & (ordered["triggered_at"] > before["began"]))
    cycle = is_new.cumsum().to_numpy()
    first = ordered[is_new].reset_index(drop=True)
    first["pages"] = pd.Series([[name] for name in first["native_id"]], index=first.index, dtype="object")
    is_shared = pd.Series(cycle).duplicated(keep=False).to_numpy()
    several = {cycle[theirs.index[0]]: _together(theirs) for _, theirs in ordered[is_shared].groupby(cycle[is_shared])}
    for name in _TOGETHER if several else ():
        cells = first[name].tolist()
        for number, told in several.items():
            cells[number - 1] = told[name]
        first[name] = pd.Series(cells, index=first.index, dtype=first[name].dtype)
    return first.sort_values(["triggered_at", "native_id", "source"], ignore_index=True)


_TOGETHER = ("resolved_at", "seconds", "acknowledged_at", "acknowledged_by", "is_self_resolved", "is_asleep", "pages", "teams")


def _together(theirs: pd.DataFrame) -> dict[str, object]:
    """What the pages of one cycle come to."""
    taken = theirs.dropna(subset="acknowledged_at").sort_values("acknowledged_at").head(1)
    ended = theirs["resolved_at"].max() if theirs["resolved_at"].notna().all() else pd.NaT
    return {
        "resolved_at": ended,
        "seconds": (ended - theirs["triggered_at"].iloc[0]).total_seconds() if ended is not pd.NaT else float("nan"),
        "acknowledged_at": taken["acknowledged_at"].iloc[0] if len(taken) else pd.NaT,
        "acknowledged_by": taken["acknowledged_by"].iloc[0] if len(taken) else None,
        "is_self_resolved": bool(theirs["is_self_resolved"].all()),
        "is_asleep": bool(theirs["is_asleep"].any()),
        "pages": list(theirs["native_id"]),
        "teams": sorted({str(team) for teams in theirs["teams"] if isinstance(teams, list | tuple) for team in teams}),
    }


def sleep_pages(tables: Tables, people: People) -> set[str]:
    """Pages that reached somebody by push, SMS or call in the sleep hours of that person's own zone."""
    calls = rows(tables, "interruptions", ("person", "page_id", "sent_at", "channel"), "sent_at").dropna(subset=["person", "page_id"])
    woken: set[str] = set()
    for identity, group in loud(calls).groupby("person", sort=False):
        zone, _ = people.zone_of(people.person_of(str(identity)))
        woken.update(page for page, at in zip(group["page_id"], group["sent_at"], strict=True) if night_of(at.to_pydatetime(), zone))
    return woken
