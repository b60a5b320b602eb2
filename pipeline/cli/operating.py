"""Commands for those who run Soundings: erase, move, new-source, up."""

from contextlib import closing
from typing import Annotated

import typer

from pipeline import steps
from pipeline.cli.console import SOUNDINGS_TOML, Config, plainly, said, show, shown, watched
from pipeline.settings import load
from pipeline.underway import under_way


def erase(person: str, config: Config = SOUNDINGS_TOML) -> None:
    """Take a person out of every table, and keep them out when their records are fetched again."""
    from pipeline.erasure import erase as take_out  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            show(take_out(settings, store, person), as_json=False)


def move(to: Annotated[str, typer.Option(metavar="URL", help="an empty database, as in [warehouse]")], config: Config = SOUNDINGS_TOML) -> None:
    """Copy everything the warehouse holds into another, empty one; what was asked and answered goes along."""
    from warehouse.moving import move as moved  # noqa: PLC0415
    from warehouse.store import Store  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, closing(Store.open(to)) as target, watched(), under_way("move"):
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
    from pipeline.up import alone, until_told  # noqa: PLC0415
    from pipeline.up import up as stay_up  # noqa: PLC0415

    with plainly():
        settings = load(config)
    home, chosen = settings.beside(".soundings/airflow"), port or free_port()
    try:
        with until_told(), alone(home, chosen), watched():
            stay_up(home, settings.path, shown, port=chosen)
    except NotUp as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None
