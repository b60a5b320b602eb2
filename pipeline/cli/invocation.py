"""The command as whoever called it can type it again: `soundings`, `.venv/bin/soundings` or `.venv/bin/python -m pipeline`."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from pipeline.cli.console import SOUNDINGS_TOML


def typed(*words: str) -> str:
    """A command of ours with these words behind it, called the way this one was."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return shlex.join([_shortest(Path(sys.executable)), "-m", "pipeline", *words])
    return shlex.join([_shortest(called) if called.name == "soundings" else "soundings", *words])


def named(config: Path) -> tuple[str, ...]:
    """The option that names a configuration which is not where it is looked for."""
    return () if config == SOUNDINGS_TOML else ("--config", str(config))


def _shortest(program: Path) -> str:
    """Its name alone where a shell finds it so, else its path from here, or whole where it lies elsewhere."""
    whole = Path(os.path.abspath(program))  # noqa: PTH100 - a link is not followed: the python of a venv is one
    if (found := shutil.which(whole.name)) and Path(found).absolute() == whole:
        return whole.name
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)
