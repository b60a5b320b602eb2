"""The views, made anew after every migration: `signals`, all kinds side by side, so that frequency and stakes can be counted."""

from sqlalchemy import ColumnElement, Connection, CreateView, Select, case, false, func, literal, null, select, text, union_all

from pipeline.signals import HAPPENED
from warehouse.schema import SIGNALS, UNPUBLISHED, pulls, severities

# The kind's name and its stakes, 1 to 5 (definitions: near misses). An incident's depend on its severity.
KINDS = {
    "commits": ("commit", 1),
    "config_changes": ("config_change", 2),
    "deploys": ("deploy", 3),
    "pages": ("page", 3),
    "incidents": ("incident", 4),
}
HIGH_RANK = 2  # SEV2 or higher


def _incident_stakes() -> ColumnElement[int]:
    """5 for SEV2 or higher by the severity map as it is now, 4 for the rest and for words it does not know."""
    incident = SIGNALS["incidents"].c
    word = func.coalesce(incident.severity_max, incident.severity_final, incident.severity_initial)
    rank = select(severities.c.rank).where(severities.c.word == func.upper(word)).scalar_subquery()
    return case((rank <= HIGH_RANK, 5), else_=4)


def published(landed_by: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the pull that last changed a row passed its checks."""
    return landed_by.not_in(select(pulls.c.id).where(pulls.c.status.in_(UNPUBLISHED)))


def _kind(name: str) -> Select[tuple[object, ...]]:
    columns = SIGNALS[name].c
    kind, stakes = KINDS[name]
    return select(
        literal(kind).label("kind"),
        columns.source,
        columns.native_id,
        columns.service,
        columns[HAPPENED[name]].label("at"),
        (_incident_stakes() if name == "incidents" else literal(stakes)).label("stakes"),
        (columns.is_bot if "is_bot" in columns else false()).label("is_bot"),
        columns.title,
        columns.url,
    ).where(columns.withdrawn_at == null(), published(columns.landed_by))


def drop_views(connection: Connection) -> None:
    """Out of the way of a migration."""
    connection.execute(text("DROP VIEW IF EXISTS signals"))


def make_views(connection: Connection) -> None:
    """`signals`: kind, source, native_id, service, at, stakes, is_bot, title, url; one row a published signal the source still has."""
    connection.execute(CreateView(union_all(*map(_kind, KINDS)).subquery().select(), "signals"))
