"""Soundings inside the Airflow UI: how the pipeline is, and the weekly reports. Shown to whoever is logged in, and to nobody else.

Every task loads this file, so what it needs is imported when a page is first asked for.
"""

import os
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

    from pipeline.settings import Settings

WEEK = r"^\d{4}-W\d{2}$"  # the only part of a path that comes from outside


@cache
def pages() -> "FastAPI":
    """Three pages, each behind the login: one dependency stands before all of them."""
    from airflow.api_fastapi.core_api.security import get_user  # noqa: PLC0415
    from fastapi import Depends, FastAPI, HTTPException, Request  # noqa: PLC0415
    from fastapi import Path as InPath  # noqa: PLC0415
    from fastapi.responses import HTMLResponse, PlainTextResponse  # noqa: PLC0415

    from pipeline.dag_files import troubles  # noqa: PLC0415
    from pipeline.health import health as figures  # noqa: PLC0415
    from pipeline.settings import Unusable  # noqa: PLC0415
    from transforms.health import html  # noqa: PLC0415
    from transforms.report import weeks_page  # noqa: PLC0415
    from warehouse.store import Store  # noqa: PLC0415

    app = FastAPI(dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(Unusable)
    @app.exception_handler(ConnectionError)
    def unavailable(_: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(str(error), 503)

    @app.get("/health", response_class=HTMLResponse)
    def health() -> str:
        settings = _settings()
        with closing(Store.open(settings.warehouse_url)) as store:
            return html(figures(settings, store).beside(troubles(_import_errors())))

    @app.get("/reports", response_class=HTMLResponse)
    def reports() -> str:
        return weeks_page(sorted((path.stem.removeprefix("soundings-") for path in _folder().glob("soundings-*.html")), reverse=True))

    @app.get("/reports/{week}", response_class=HTMLResponse)
    def report(week: Annotated[str, InPath(pattern=WEEK)]) -> str:
        path = _folder() / f"soundings-{week}.html"
        if not path.is_file():
            raise HTTPException(404, f"there is no report of {week}; the DAG report writes it")
        return path.read_text(encoding="utf-8")

    return app


def _import_errors() -> dict[str, str]:
    """File -> what Airflow's DAG processor said, of our DAG files that it cannot import."""
    from airflow.models.errors import ParseImportError  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    from pipeline.dag_files import FOLDER, last_line  # noqa: PLC0415

    ours = {path.name for path in FOLDER.glob("*.py")}
    with create_session() as session:
        found = session.execute(select(ParseImportError.filename, ParseImportError.stacktrace)).all()
    return {name: last_line(trace or "") for name, trace in found if name and Path(name).name in ours}


def _settings() -> "Settings":
    from pipeline.settings import load  # noqa: PLC0415

    return load(Path(os.environ.get("SOUNDINGS_CONFIG", "soundings.toml")))


def _folder() -> Path:
    settings = _settings()
    return settings.beside(settings.file.report.out)


async def opened(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application."""
    await pages()(scope, receive, send)


def view(name: str, page: str) -> dict[str, str]:
    """An entry of the menu *Browse*."""
    return {"name": name, "href": f"/soundings/{page}", "destination": "nav", "category": "browse", "url_route": f"soundings-{page}"}


class Soundings(AirflowPlugin):
    """What Airflow asks a plugin for."""

    name = "soundings"
    fastapi_apps = [{"app": opened, "url_prefix": "/soundings", "name": "Soundings"}]  # noqa: RUF012 - as Airflow has it
    external_views = [view("Soundings health", "health"), view("Soundings reports", "reports")]  # noqa: RUF012
