"""Commands for those who run Soundings: move, new-source, up."""

from contextlib import closing
from typing import Annotated

import typer

from pipeline import steps
from pipeline.cli.console import SOUNDINGS_TOML, Config, plainly, said, show, shown
from pipeline.settings import load


def move(to: Annotated[str, typer.Option(metavar="URL", help="an empty database, as in [warehouse]")], config: Config = SOUNDINGS_TOML) -> None:
    """Copy everything the warehouse holds into another, empty one; what was asked and answered goes along."""
    from warehouse.moving import move as moved  # noqa: PLC0415
    from warehouse.store import Store  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, closing(Store.open(to)) as target:
            show({name: count for name, count in moved(store, target).items() if count}, as_json=False)
    shown.print(f"next: write this url under [warehouse] in {settings.path}", markup=False)


def new_source(name: str) -> None:
    """Write connectors/NAME.py and its test from a template, and print the line for soundings.toml."""
    from pipeline.scaffold import scaffold  # noqa: PLC0415

    with plainly():
        for line in scaffold(name):
            shown.print(line, markup=False)


def up(config: Config = SOUNDINGS_TOML, port: int = 8080) -> None:
    """Airflow on this machine with this configuration, until Ctrl-C."""
    from pipeline.components import NotUp, airflow, stay  # noqa: PLC0415

    with plainly():
        settings = load(config)
    try:
        with airflow(settings.beside(".soundings/airflow"), settings.path, port=port) as running:
            stay(running, shown)
    except NotUp as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None
