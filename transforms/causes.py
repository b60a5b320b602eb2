"""Records in quarantine by what they were set aside for: one line a cause, with an example to look at."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

# What of a sentence is the record's own: what stands in quotes (but for the key a KeyError names), a file before its line, places, times, numbers.
_OWN = re.compile(r"""(?<!Error: )'[^']*(?:'|$)|(?<!Error: )"[^"]*(?:"|$)|\S+(?= line \d)|\S*[\d/@]\S*""")
_ITEM = re.compile(r"\[\d+\]")

Remedy = Callable[[str, str, str, Sequence[str]], str]  # source, kind, reason and identities -> a line of configuration, or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Records in quarantine for one cause, told of the last one (`reason` and `example` are foreign text). `remedy`: a line of configuration."""

    source: str
    kind: str
    reason: str
    example: str
    remedy: str
    count: int
    since: datetime
    last_seen_at: datetime


def cause(reason: str, native_id: str) -> str:
    """The reason without what is the record's own: equal for records that were set aside for the same."""
    named = rf"(?<!\w){re.escape(native_id)}(?!\w)"
    own = _OWN.sub("…", _ITEM.sub("", re.sub(named, "…", reason) if native_id else reason))
    return re.sub(r"…(?:\s*…)*", "…", " ".join(own.split()))


def reasons(quarantine: pd.DataFrame, remedy: Remedy = lambda *_: "") -> Iterator[Reason]:
    """The frequent first; each in the words of the record met last, whose identity is the example and is left out of the words."""
    known = quarantine.assign(native_id=[name if isinstance(name, str) else "" for name in quarantine["native_id"]])
    known["cause"] = [cause(*pair) for pair in zip(known["reason"], known["native_id"], strict=True)]
    found = []
    for group, rows in known.groupby(["source", "kind", "cause"], sort=True):
        source, kind, _ = map(str, group)
        last = rows.sort_values(["last_seen_at", "native_id"]).iloc[-1]
        words = last["reason"].removeprefix(f"{last['native_id']}: ")
        found.append(
            Reason(
                source=source,
                kind=kind,
                reason=words,
                example=last["native_id"],
                remedy=remedy(source, kind, words, sorted(set(rows["native_id"]))),
                count=len(rows),
                since=rows["quarantined_at"].min().to_pydatetime(),
                last_seen_at=rows["last_seen_at"].max().to_pydatetime(),
            )
        )
    yield from sorted(found, key=lambda one: (-one.count, one.source, one.kind, one.reason))
