"""Commands that look and change nothing: check-config, doctor, health."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors import registry
from pipeline import reporting, steps
from pipeline.cli.console import SOUNDINGS_TOML, AsJson, Config, plainly, said, show, shown, watched
from pipeline.cli.invocation import named, typed
from pipeline.connections import connection
from pipeline.settings import check, load
from pipeline.underway import under_way

UNUSABLE = "Mend it or take it away; the rest works without it"


def check_config(config: Config = SOUNDINGS_TOML) -> None:
    """Check soundings.toml as a whole: each error with its line and the fix."""
    with plainly():
        settings = check(config)
    tables = {name: getattr(settings.file, name) for name in ("sources", "services", "teams", "people", "trackers")}
    dry = [name for name, line in settings.trackers.items() if line.dry_run]
    shown.print(f"well: {settings.path}: {', '.join(f'{name} {len(table)}' for name, table in tables.items())}", markup=False)
    shown.print(f"in dry run, opening nothing: {', '.join(dry) or 'none; every tracker opens tickets'}", markup=False)
    if "trackers" not in settings.file.model_fields_set:
        shown.print('no tracker is named, which stands for: [trackers.folder] with use = "folder" and path = "prompts"', markup=False)
    for what, why in registry.unusable().items():
        said.print(f"{what} brings no connector: {why}. {UNUSABLE}", markup=False)
    shown.print(f"next: {typed('doctor', *named(config))}", markup=False)


def doctor(config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Ask every source and tracker now: what is wrong, since when, what to do. Exit status 1 where that is for a person; busy is a note for a day."""
    from pipeline.dag_files import import_errors, troubles  # noqa: PLC0415
    from pipeline.health import examine  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, watched(), under_way("ask every source and tracker"):
            found = examine(settings, store, connection)
        unread = [asdict(replace(trouble, what=f"{trouble.where}: {trouble.what}")) for trouble in troubles(import_errors(config))]
    for what, why in registry.unusable().items():
        trouble = {"what": f"it brings no connector: {why}", "since": None, "remedy": UNUSABLE, "needs_person": False}
        found[what] = {"state": "broken", "mode": "not used", "troubles": [trouble]}
    found["DAG files"] = {"state": "broken" if unread else "well", "mode": "what Airflow runs", "troubles": unread}
    if as_json:
        show({name: {k: v for k, v in part.items() if v not in (None, {}, [], "")} for name, part in found.items()}, as_json)
    for name, part in () if as_json else found.items():
        reached = part.get("mode") or (f"seen until {part['seen_until']:%Y-%m-%d %H:%M} UTC" if part["seen_until"] else "never read")
        shown.print(f"{name}: {part['state']}, {reached}", markup=False)
        _show_troubles(part["troubles"])
    if any(one["needs_person"] for part in found.values() for one in part["troubles"]):
        raise typer.Exit(1)


def _show_troubles(troubles: Iterable[Mapping[str, Any]]) -> None:
    for one in troubles:
        shown.print(f"  {'what ' if one['needs_person'] else 'note '} {one['what']}", markup=False, style="red" if one["needs_person"] else "yellow")
        if one["since"]:
            shown.print(f"  since {one['since']:%Y-%m-%d %H:%M} UTC", markup=False)
        shown.print(f"  do    {one['remedy']}", markup=False)


def health(
    config: Config = SOUNDINGS_TOML,
    out: Annotated[Path | None, typer.Option(help="write the page there", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """How it is by the warehouse alone, asking nobody: what needs a person, and the health page. Exit status as that of doctor."""
    from pipeline.dag_files import import_errors, troubles  # noqa: PLC0415
    from pipeline.health import health as figures  # noqa: PLC0415
    from transforms.health import html, lead  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            found = figures(settings, store).beside(troubles(import_errors(config)))
        if out:
            reporting.replace(out, html(found))
    if as_json:
        show(asdict(found), as_json)
    for where, there in () if as_json else groupby(found.troubles, key=attrgetter("where")):
        shown.print(where, markup=False)
        _show_troubles(map(asdict, there))
    if found.needs_person:
        raise typer.Exit(1)
    if not as_json:
        shown.print(" ".join(lead(found)), style="green")
