"""`soundings …`: the same steps as the DAGs, without a scheduler. Exit status 0 only when all of it worked, 3 when a person should look, too."""

import gc
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from pipeline import worklog
from pipeline.cli import erasing, looking, operating, recorded, verbs
from pipeline.cli.console import plainly, shown
from signals import clock

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]})
for command in (
    operating.init,
    verbs.run,
    looking.check_config,
    looking.doctor,
    looking.health,
    recorded.quarantine,
    recorded.warnings,
    verbs.pull,
    verbs.derive,
    verbs.prompts,
    verbs.report,
    verbs.evaluate,
    erasing.erase,
    operating.move,
    operating.new_source,
    operating.up,
):
    app.command()(command)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        shown.print(f"soundings {version('soundings')}")
        raise typer.Exit


def main() -> None:
    """The `soundings` command."""
    gc.set_threshold(50_000)  # what Great Expectations and pandas bring with them stays: walking through it took a sixth of a run
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")  # a terminal of few letters shows the others by their number
    try:
        app()
    except OSError as error:
        sys.exit(f"what there is to show cannot be written: {error}")


@app.callback()
def _before(
    log: Annotated[bool, typer.Option("--log", help="write a line a record of work to stderr", envvar="SOUNDINGS_LOG")] = False,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version")] = False,
) -> None:
    if log:
        worklog.show()
    with plainly():
        clock.now()  # where it is set to no time, nothing can be done
