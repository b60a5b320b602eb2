"""What a connector yields beside records: what it could not read, what it passed over, and proof that it left nothing out; which pulls count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signals.record import Record
from signals.windows import Window

COVERING = ("published", "degraded")  # the statuses of pulls whose window need not be asked for again; the second lacks some scopes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Proof that every `kind` record of `scope` overlapping `window` was yielded: what the warehouse has beyond them is withdrawn."""

    kind: type[Record]
    scope: str
    window: Window


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record that could not be read: kept in quarantine with its reason and its raw form. `is_scope`: it is a whole scope (a repository)."""

    kind: str
    reason: str
    raw: Any
    native_id: str | None = None
    is_scope: bool = False


@dataclass(frozen=True, slots=True)
class Outside:
    """Records that were read and lie outside of the window: not taken, not lost. `last_at`: the last of the `later` ones, found at `where`."""

    kind: str
    earlier: int
    later: int
    last_at: datetime | None = None
    where: str = ""
