"""The detectors against answers that are known."""

from pathlib import Path
from typing import Any

from warehouse.frames import rows_of
from warehouse.store import Store


def agreement(store: Store, answers: Path) -> dict[str, Any]:
    """Precision and recall of the hits in the warehouse against a file of known answers, by detector."""
    import pandas as pd  # noqa: PLC0415

    from transforms.near_misses.evaluation import PAIR, evaluate  # noqa: PLC0415

    try:
        known = pd.read_json(answers, lines=True, dtype=False)
    except ValueError as error:
        message = f"{answers}: these are no JSON lines: {error}"
        raise ValueError(message) from None
    if missing := set(PAIR) - set(known.columns):
        message = f"{answers}: each line needs {', '.join(PAIR)}; there is no {', '.join(sorted(missing))}"
        raise ValueError(message)
    found = evaluate(store.read("near_miss_hits"), known)
    return {str(row.pop("detector")): row for row in rows_of(found)}
