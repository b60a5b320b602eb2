"""The views, made anew after every migration: `signals`, all kinds side by side, so that frequency and stakes can be counted."""

from sqlalchemy import ColumnElement, Connection, CreateView, Select, case, false, func, literal, null, select, text, union_all

from signals.record import Kind
from signals.records import RECORDS
from warehouse.schema import SIGNALS, UNPUBLISHED, pulls, severities

HIGH_RANK = 2  # SEV2 or higher


def _incident_stakes() -> ColumnElement[int]:
    """5 where the most severe word on record is SEV2 or higher by the severity map as it is now, 4 for the rest and for words it does not know."""
    incident = SIGNALS["incidents"].c
    words = [func.upper(func.trim(incident[name])) for name in ("severity_max", "severity_final", "severity_initial")]
    rank = select(func.min(severities.c.rank)).where(severities.c.word.in_(words)).scalar_subquery()
    return case((rank <= HIGH_RANK, 5), else_=4)


def published(landed_by: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the pull that last changed a row passed its checks."""
    return landed_by.not_in(select(pulls.c.id).where(pulls.c.status.in_(UNPUBLISHED)))


def _kind(about: Kind) -> Select[tuple[object, ...]]:
    columns = SIGNALS[about.table].c
    return select(
        literal(about.name).label("kind"),
        columns.source,
        columns.native_id,
        columns.service,
        columns[str(about.at)].label("at"),
        (_incident_stakes() if about.table == "incidents" else literal(about.stakes)).label("stakes"),
        (columns.is_bot if "is_bot" in columns else false()).label("is_bot"),
        columns.title,
        columns.url,
    ).where(columns.withdrawn_at == null(), published(columns.landed_by))


def drop_views(connection: Connection) -> None:
    """Out of the way of a migration."""
    connection.execute(text("DROP VIEW IF EXISTS signals"))


def make_views(connection: Connection) -> None:
    """`signals`: kind, source, native_id, service, at, stakes, is_bot, title, url; one row a published signal the source still has."""
    counted = [_kind(kind.about) for kind in RECORDS.values() if kind.about.stakes]
    connection.execute(CreateView(union_all(*counted).subquery().select(), "signals"))
