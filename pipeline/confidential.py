"""Secrets do not belong in soundings.toml, where whoever reads the repository reads them: they belong in a connection."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.references import Problem

_KEY = re.compile(r"(?:\w*[_-])?(?:password|passwd|passphrase|pwd|secret|token|(?:api|access|private|secret)[_-]?key|credentials?)", re.IGNORECASE)
# As the vendors' tokens begin; what is only long and odd may be an id.
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|soat)-|xox[a-z]-|xapp-|glsa_|lin_api_|sk_(?:live|test)_|sk-[a-z]{3,}-|dop_v1_|hv[sb]\.|ATATT)[\w.=-]{8,}"
    r"|\bA(?:KIA|SIA)[A-Z0-9]{12,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:Bearer|Basic) [\w.~+/-]{12,}=*"
)
ADVICE = (
    "a secret does not belong in this file: put it into a connection (AIRFLOW_CONN_NAME, or `airflow connections add NAME`), "
    'write conn_id = "NAME" in its place, and let the vendor make a new one, for this one has been readable'
)
OF_THE_WAREHOUSE = (
    "a password does not belong in this file: take it out of the address, put it into PGPASSWORD or ~/.pgpass of whoever runs Soundings, "
    "and let the database have a new one, for this one has been readable"
)


def secret_problems(held: Any, *place: str) -> Iterator[Problem]:
    """Key and advice for each text that is a secret by its key or by its form."""
    if isinstance(held, str):
        if held and place and (_KEY.fullmatch(place[-1]) or _TOKEN.search(held)):
            yield place, ADVICE
        return
    for key, value in held.items() if isinstance(held, Mapping) else enumerate(held) if isinstance(held, list) else ():
        yield from secret_problems(value, *place, str(key))


def hidden(text: str) -> str:
    """The text with `***` for each token in it."""
    return _TOKEN.sub("***", text)
