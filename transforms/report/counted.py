"""The figures of a week, counted once from the warehouse's tables. Neither output counts anything itself."""

from collections.abc import Mapping
from datetime import datetime

from transforms.events import Events
from transforms.report.candidates import candidates
from transforms.report.certainty import UNCHANGED, Unlooked, certainty
from transforms.report.contents import Report
from transforms.report.frequency import tiers
from transforms.report.history import history
from transforms.report.opportunities import all_events, answers, funnel, gap, learnings, opportunities, waiting_incidents
from transforms.report.rest import rest
from transforms.report.talked import reviewed
from transforms.report.week import Week


def figures(events: Events, *, week: Week, as_of: datetime, not_runnable: Unlooked, changed: Mapping[str, str] = UNCHANGED) -> Report:
    """Everything the report of this week shows.

    tables: the warehouse's, by name (signals, near_misses, near_miss_hits, stretches, prompts, reviews, pulls, quarantine); any may be absent.
    not_runnable: detector -> source (`*`: all) -> what is missing. changed: source that is still to be read with its settings of now -> why.
    The same tables and `as_of` give an equal report, in any order of rows.
    """
    tables, policy = events.tables, events.policy
    reviews, past = reviewed(events), history(tables, week)
    found = all_events(events, reviews)
    chosen, not_shown = candidates(tables, policy, reviews, week)
    lines, more_lines = learnings(tables, week, as_of)
    sure = certainty(events, week=week, as_of=as_of, not_runnable=not_runnable, changed=changed)
    return Report(
        week=week,
        as_of=as_of,
        opportunities=opportunities(found, policy, week, past.since_first()),
        tiers=tiers(events, week=week, reviews=reviews, past=past, incomplete=sure.incomplete),
        gap=gap(found, tables, policy, week),
        funnel=funnel(tables, reviews, (*past.since_first(), week)),
        learnings=lines,
        learnings_more=more_lines,
        answers=answers(tables, week),
        candidates=chosen,
        incidents=waiting_incidents(events, reviews, week),
        not_shown=not_shown,
        rest=rest(events, week),
        min_group=policy.min_group,
        level_days=(policy.watch_days, policy.flag_days, policy.long_days),
        certainty=sure,
    )
