"""Check: what landed in a pull is looked at before anybody reads it. A critical finding holds the pull back, a warning is recorded."""

from dataclasses import dataclass
from datetime import datetime

from warehouse.pull_checks import pull_findings
from warehouse.schema import SIGNALS
from warehouse.store import Store
from warehouse.suites import Finding, Suite, looked_at


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `rows` is how many rows it looked at: none means that nothing had changed, not that something passed."""

    rows: int
    critical: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_published(self) -> bool:
        """Whether the rows are read from now on."""
        return not self.critical


def check(store: Store, pull_id: int, now: datetime) -> Checked:
    """Look at the rows that landed in the pull and at the pull itself, then publish it or hold it back. May be repeated.

    LookupError where there is no such pull.
    """
    with store.reading() as connection:
        found = pull_findings(connection, pull_id)
    rows = 0
    for table in SIGNALS.values():
        suite = None
        for frame in store.slice(pull_id, table.name, looked_at(table)):
            suite = suite or Suite(table, now)
            suite.look_at(frame)
            rows += len(frame)
        found += suite.findings() if suite else []
    critical, warnings = _sentences(found, "critical"), _sentences(found, "warning")
    if critical:
        store.hold(pull_id, "; ".join(critical), now, found)
    else:
        store.publish(pull_id, now, found)
    return Checked(rows, critical, warnings)


def _sentences(found: list[Finding], severity: str) -> tuple[str, ...]:
    return tuple(f"{finding['table']}: {finding['expectation']}: {finding['detail']}" for finding in found if finding["severity"] == severity)
