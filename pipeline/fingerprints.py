"""The key with which settings are fingerprinted: one for each warehouse, so that the same value looks the same in every pull."""

import secrets
from collections.abc import Iterable, Iterator
from typing import TypeVar

from connectors.disclosure import fingerprints
from warehouse.store import Store

T = TypeVar("T")
KEY = "fingerprints"


def keyed(store: Store, records: Iterable[T]) -> Iterator[T]:
    """The same records, read with the key of this warehouse."""
    with fingerprints(store.kept(KEY, secrets.token_hex(32))):
        yield from records
