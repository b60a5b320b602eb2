"""What the commands share: their options, what a person sees, and how an error a person can mend ends."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from connectors.errors import Busy, Refused
from pipeline.failures import Broken, Held, TooEarly
from pipeline.settings import Unusable
from warehouse.faults import Unavailable

shown, said = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[Path, typer.Option(help="the configuration file", envvar="SOUNDINGS_CONFIG")]
At = Annotated[str | None, typer.Option(metavar="T", help="ISO 8601 with a zone")]
AsJson = Annotated[bool, typer.Option("--json", help="figures for machines")]
SOUNDINGS_TOML = Path("soundings.toml")


@contextmanager
def plainly() -> Iterator[None]:
    """What a person can mend ends as one clear message and exit status 1."""
    try:
        yield
    except (Unusable, Unavailable, Refused, Busy, Held, Broken, TooEarly, ValueError, OSError) as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None


def show(figures: Mapping[str, Any], as_json: bool) -> None:
    """Figures as lines for people, or as JSON."""
    if as_json:
        shown.print_json(json.dumps(figures, default=str))
        return
    for name, value in figures.items():
        shown.print(f"{name}: {', '.join(f'{k} {v}' for k, v in value.items()) if isinstance(value, Mapping) else value}", markup=False)
