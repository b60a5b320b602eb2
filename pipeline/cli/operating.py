"""Commands for those who run Soundings: init, move, new-source, up."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline import steps
from pipeline.cli.console import SOUNDINGS_TOML, Config, is_asked_by_a_person, plainly, said, show, shown, watched
from pipeline.cli.invocation import named, typed
from pipeline.settings import load
from pipeline.underway import under_way


def init(
    *,
    config: Config = SOUNDINGS_TOML,
    git: Annotated[list[Path] | None, typer.Option(help="a git repository; several are given by several --git")] = None,
    calendar: Annotated[list[Path] | None, typer.Option(help="an .ics file of who is on call")] = None,
    records: Annotated[list[Path] | None, typer.Option(help="a folder of CSV or JSON lines (docs/tables.md)")] = None,
    team: Annotated[str | None, typer.Option(help="whose all of it is")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA name of its time zone")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="ask nothing: take what is found")] = False,
) -> None:
    """Look at what is there, ask about it, and write a first soundings.toml with example tables. Nothing is written over."""
    from pipeline.first_settings import asked, begin, check_absent, given, look  # noqa: PLC0415 - loads every connector

    with plainly():
        check_absent(config)
        folder = config.resolve().parent
        found = given(look(folder), repositories=git, calendars=calendar, tables=records, team=team, zone=zone)
        if not yes and is_asked_by_a_person():
            tell = partial(said.print, markup=False)
            found = asked(found, lambda question, default: str(typer.prompt(question, default=default)), tell, folder)
        for line in begin(config, found):
            shown.print(line, markup=False)
    for command in ("check-config", "doctor", "run"):
        shown.print(f"next: {typed(command, *named(config))}", markup=False)


def move(to: Annotated[str, typer.Option(metavar="URL", help="an empty database, as in [warehouse]")], config: Config = SOUNDINGS_TOML) -> None:
    """Copy everything the warehouse holds into another, empty one; what was asked and answered goes along."""
    from warehouse.moving import move as moved  # noqa: PLC0415
    from warehouse.store import Store  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, closing(Store.open(settings.database(to))) as target, watched(), under_way("move"):
            counts = {name: count for name, count in moved(store, target).items() if count}
    show(counts, as_json=False)
    shown.print(f"next: write this url under [warehouse] in {settings.path}", markup=False)


def new_source(name: str) -> None:
    """Write connectors/NAME.py and its test from a template, and print the line for soundings.toml."""
    from pipeline.scaffold import scaffold  # noqa: PLC0415

    with plainly():
        for line in scaffold(name):
            shown.print(line, markup=False)


def up(config: Config = SOUNDINGS_TOML, port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8080) -> None:
    """Airflow on this machine with this configuration, until Ctrl-C, SIGTERM or the end of the terminal."""
    from pipeline.components import NotUp, free_port  # noqa: PLC0415
    from pipeline.endings import until_told  # noqa: PLC0415
    from pipeline.up import alone  # noqa: PLC0415
    from pipeline.up import up as stay_up  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings):  # said before anything starts, where it cannot be used
            pass
    home, chosen = settings.beside(".soundings/airflow"), port or free_port()
    try:
        with plainly(), until_told(), alone(home, chosen), watched():
            stay_up(home, settings.path, shown, port=chosen)
    except NotUp as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None
