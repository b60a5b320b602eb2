"""The oracle: everything that was ever put into the made-up vendors, and what the warehouse has to say about each in the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

Key = tuple[str, str, str]  # table, source, native_id


@dataclass(slots=True)
class Oracle:
    """Facts by key. `late`: records that became visible only after their time had been read. `findings`: how many tickets there are to be."""

    facts: dict[Key, str] = field(default_factory=dict)
    late: set[Key] = field(default_factory=set)
    optional: set[Key] = field(default_factory=set)
    findings: int = 0

    def put(self, table: str, source: str, native_id: str, fact: str, *, is_late: bool = False) -> None:
        """Something is at the vendor now, or says something else than before."""
        key = (table, source, native_id)
        self.facts[key] = fact
        if is_late:
            self.late.add(key)

    def drop(self, table: str, source: str, native_id: str) -> None:
        """It is gone from the vendor (a force push): whoever saw it in time may keep it."""
        self.optional.add((table, source, native_id))

    def must_have(self) -> Iterator[tuple[Key, str]]:
        """What has to be in the warehouse."""
        return ((key, fact) for key, fact in self.facts.items() if key not in self.optional)
