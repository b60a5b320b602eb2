"""Commands that show what is on record beside the signals: quarantine, warnings."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline import steps
from pipeline.advice import nearest
from pipeline.cli.console import SOUNDINGS_TOML, AsJson, Config, plainly, show, shown
from pipeline.settings import Settings, Unusable, load

Source = Annotated[str | None, typer.Option(metavar="NAME", help="only of this source")]


def quarantine(config: Config = SOUNDINGS_TOML, source: Source = None, as_json: AsJson = False) -> None:
    """Records that could not be taken: a line a cause, the frequent first, with an example and what to do."""
    from pipeline.set_aside import causes  # noqa: PLC0415

    with plainly():
        settings = _with(config, source)
        with steps.warehouse(settings) as store:
            found, over = causes(settings, store, source)
    if as_json:
        show({"quarantine": [asdict(one) for one in found], "not_met_again": [asdict(one) for one in over]}, as_json)
    for one in () if as_json else found:
        shown.print(f"source {one.source}: {one.count} for {one.kind}", markup=False)
        shown.print(f"  what  {one.reason}", markup=False)
        if one.example:
            shown.print(f"  like  {one.example}", markup=False)
        shown.print(f"  since {one.since:%Y-%m-%d %H:%M} UTC, last met {one.last_seen_at:%Y-%m-%d %H:%M} UTC", markup=False)
        if one.remedy:
            shown.print(f"  do    if these are no configuration, write under [sources.{one.source}]: {one.remedy}", markup=False)
    if not as_json:
        shown.print("Nothing is dropped: correct a record at its source, then read that time again." if found else "No record is in quarantine.")
        if over:
            number = sum(one.count for one in over)
            shown.print(f"Beside these, {number} of earlier pulls were taken since, or not met again when their time was read: --json lists them.")


def warnings(config: Config = SOUNDINGS_TOML, source: Source = None, as_json: AsJson = False) -> None:
    """What the checks found unusual and held nothing back for: a line an expectation, the latest first."""
    from transforms.health import warned  # noqa: PLC0415

    with plainly():
        settings = _with(config, source)
        with steps.warehouse(settings) as store:
            pulls = store.read("pulls", ["id", "source"], where={"source": source} if source else {})
            found = list(warned(store.read("checks"), pulls))
    if as_json:
        show({"warnings": [asdict(one) for one in found]}, as_json)
    for one in () if as_json else found:
        shown.print(f"source {one.source}, {one.table}: {one.detail}", markup=False)
        shown.print(f"  expected {one.expectation}", markup=False)
        times = f"{one.pulls} {'pull' if one.pulls == 1 else 'pulls'}"
        shown.print(f"  since    {one.since:%Y-%m-%d %H:%M} UTC, last {one.last_at:%Y-%m-%d %H:%M} UTC, in {times}", markup=False)
    if not found and not as_json:
        shown.print("No check warned.")


def _with(config: Config, source: str | None) -> Settings:
    settings = load(config)
    if source is not None and source not in settings.sources:
        message = f"there is no [sources.{source}] in {settings.path}; {nearest(source, settings.sources)}"
        raise Unusable(message)
    return settings
