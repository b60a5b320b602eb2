"""The command that takes a person out: who is meant, what would change, and only then, if a person says so, the change."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import steps
from pipeline.cli.console import SOUNDINGS_TOML, Config, is_asked_by_a_person, plainly, shown
from pipeline.cli.invocation import named, typed
from pipeline.settings import load

if TYPE_CHECKING:
    from pipeline.erasure_request import Request
    from warehouse.forgetting import Counts


def erase(
    person: Annotated[str | None, typer.Argument(help="a name under [people]", show_default=False)] = None,
    identity: Annotated[str | None, typer.Option(metavar="X", help="exactly this one identity of a vendor instead")] = None,
    also_in_texts: Annotated[list[str] | None, typer.Option(metavar="NAME", help="look for this name of theirs in texts, too; repeatable")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    config: Config = SOUNDINGS_TOML,
) -> None:
    """Take a person out of every table, and keep them out when their records are fetched again. Shows what would change, and asks first."""
    from pipeline.erasure import erase as take_out  # noqa: PLC0415
    from pipeline.erasure_request import request  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            asked = request(settings, store, person=person, identity=identity, in_texts=also_in_texts or ())
            _show(asked)
            if not yes:
                _confirm(asked.label)
            _show_counts("changed", take_out(store, asked.names))
    if person:
        shown.print(f"next: take {person} out of [people] in {settings.path}, then {typed('derive', *named(config))}", markup=False)


def _show(asked: "Request") -> None:
    names, in_texts = (", ".join(sorted(each)) for each in (asked.names.identities, asked.names.in_texts))
    shown.print(f"identities of {asked.label}: {names}", markup=False)
    shown.print(f"looked for in texts, too: {in_texts or 'none of them'}", markup=False)
    _show_counts("would change", asked.found)
    if asked.staying:
        _show_counts("would stay", asked.staying)
        options = " ".join(f'--also-in-texts "{name}"' for name in asked.in_staying)
        shown.print(f"  to take that out of texts, too: {options}", markup=False)


def _show_counts(what: str, counts: "Counts") -> None:
    rows = sum(found["rows"] for found in counts.values())
    shown.print(f"{what}: {_rows(rows)}" if rows or not counts else f"{what}:", markup=False)
    for table, found in counts.items():
        columns = ", ".join(f"{name} {number}" for name, number in found.items() if name != "rows")
        shown.print(f"  {table}: {_rows(found['rows'])} ({columns})" if found["rows"] else f"  {table}: {columns}", markup=False)


def _rows(number: int) -> str:
    return f"{number} row{'' if number == 1 else 's'}"


def _confirm(label: str) -> None:
    """ValueError, and nothing changed, unless a person at a terminal types the name."""
    if not is_asked_by_a_person():
        message = "nobody is there to confirm this, so nothing was changed; from a script say --yes"
        raise ValueError(message)
    if typer.prompt(f"This cannot be taken back. Type {label} to go on", default="", show_default=False) != label:
        message = "nothing was changed"
        raise ValueError(message)
