"""The detectors there are. Adding one is one function and one line here (definitions: near misses, catalogue)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from transforms.estate import Estate
from transforms.near_misses.configuration import values_put_back
from transforms.near_misses.deploys import step_backs
from transforms.near_misses.hits import Hit, Tables
from transforms.near_misses.pages import flapping, self_resolved, woken
from transforms.near_misses.reverts import reverts
from transforms.policy import Policy


class Detector(NamedTuple):
    """A detector: its code, the function that yields its hits, and the columns without which a source cannot be looked at."""

    code: str
    hits: Callable[[Tables, Estate, Policy], Iterator[Hit]]
    needs: tuple[tuple[str, tuple[str, ...]], ...]


DETECTORS = (
    Detector("NM-01", step_backs, (("deploys", ("environment", "version", "started_at")),)),
    Detector("NM-02", reverts, (("commits", ("sha", "committed_at", "title")),)),
    Detector("NM-03", values_put_back, (("config_changes", ("target", "old_value", "new_value", "applied_at")),)),
    Detector("NM-13", self_resolved, (("pages", ("triggered_at", "acknowledged_at", "resolved_at", "resolved_by_kind")),)),
    Detector(
        "NM-14",
        woken,
        (("pages", ("triggered_at", "resolved_at", "resolved_by_kind")), ("interruptions", ("person", "page_id", "sent_at"))),
    ),
    Detector("NM-15", flapping, (("pages", ("triggered_at", "resolved_at")),)),
)
