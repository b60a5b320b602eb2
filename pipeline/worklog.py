"""One line a record of work, by the standard library's logging: in the task's log under Airflow, on stderr where `--log` asks, else nowhere.

`event=pulled source=github received=12 …`: key=value, the event first, fields named by the house's terms. What may come from outside stands in
JSON quotes, so that no control character and no `::` command of a log viewer gets through. Never a body, a title, a person or a secret.
"""

import json
import logging
import re
import sys
import time
from datetime import datetime
from typing import Any

LOG = logging.getLogger("soundings")
LOG.addHandler(logging.NullHandler())  # nothing is shown where nobody asked, warnings neither

_BARE = re.compile(r"[\w@.,/+-]+(?::[\w@.,/+-]+)*", re.ASCII)


def line(event: str, fields: dict[str, Any]) -> str:
    """The event and its fields; those without a value are left out."""
    return " ".join(f"{name}={_value(value)}" for name, value in {"event": event, **fields}.items() if value not in (None, ()))


def _value(value: Any) -> str:
    match value:
        case datetime():
            text = value.isoformat()
        case float():
            text = f"{value:.3f}"
        case tuple():
            text = ",".join(value)
        case _:
            text = str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text).replace("::", ":\\u003a")


def note(event: str, **fields: Any) -> None:
    """Something was done."""
    LOG.info("%s", line(event, fields))


def warn(event: str, **fields: Any) -> None:
    """Something went wrong: `said` what, `remedy` what a person can do."""
    LOG.warning("%s", line(event, fields))


def show() -> None:
    """Write every line to stderr, with its time in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    form = logging.Formatter("at=%(asctime)s.%(msecs)03dZ level=%(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)


def is_shown() -> bool:
    """Whether somebody asked for the lines."""
    return LOG.isEnabledFor(logging.INFO)
