"""Which names vendors use in what came: of services, environments, schedules and people on call."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, func, select

from signals.records import RECORDS
from warehouse.forgetting import ERASED
from warehouse.schema import SIGNALS, quarantine

OF_SERVICES = [table for table, kind in RECORDS.items() if kind.about.named_in]
WITH_ENVIRONMENTS = [table for table, signal in SIGNALS.items() if "environment" in signal.c]


@dataclass(frozen=True, slots=True)
class NamesUsed:
    """`services`: service -> table -> rows. `environments`: (service, environment) -> rows. `kinds`: the tables each source brought records for."""

    services: Mapping[str, Counter[str]]
    environments: Counter[tuple[str, str]]
    schedules: Counter[str]
    on_call: Counter[str]
    kinds: Mapping[str, frozenset[str]]


def names_used(connection: Connection, on_call_since: datetime) -> NamesUsed:
    """The names of all rows that are still there; of people on call those of shifts that ended later than then."""
    services, kinds = dict[str, Counter[str]](), dict[str, set[str]]()
    for source, kind in connection.execute(select(quarantine.c.source, quarantine.c.kind).distinct()):
        kinds.setdefault(source, set()).add(kind)
    for name in OF_SERVICES:
        table = SIGNALS[name]
        counted = select(table.c.source, table.c.service, func.count()).where(table.c.withdrawn_at.is_(None))
        for source, service, count in connection.execute(counted.group_by(table.c.source, table.c.service)):
            kinds.setdefault(source, set()).add(name)
            if service:
                services.setdefault(service, Counter())[name] += count
    shifts = SIGNALS["shifts"].c
    return NamesUsed(
        services=services,
        environments=_environments(connection),
        schedules=_counted(connection, shifts.schedule),
        on_call=_counted(connection, shifts.person, shifts.ends_at >= on_call_since, shifts.person != ERASED),
        kinds={source: frozenset(names) for source, names in kinds.items()},
    )


def _environments(connection: Connection) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for table in (SIGNALS[name].c for name in WITH_ENVIRONMENTS):
        counted = select(table.service, table.environment, func.count()).where(table.environment.is_not(None), table.withdrawn_at.is_(None))
        for service, environment, count in connection.execute(counted.group_by(table.service, table.environment)):
            found[service or "", environment] += count
    return found


def _counted(connection: Connection, column: Column[str], *chosen: ColumnElement[bool]) -> Counter[str]:
    counted = select(column, func.count()).where(column.table.c.withdrawn_at.is_(None), *chosen).group_by(column)
    return Counter({name: count for name, count in connection.execute(counted)})  # noqa: C416 - a result has keys, so dict() would take it for a mapping
