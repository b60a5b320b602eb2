"""What was read lately, up to so many characters of it."""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(dict[K, V | None]):
    """The values used last; None for what is not known (any longer). To be filled by `keep` alone."""

    def __init__(self, most: int, size_of: Callable[[K, V], int]) -> None:
        """Nothing yet, and never more than so many characters, of which a value takes what `size_of` says."""
        super().__init__()
        self._half, self._size_of = most // 2, size_of
        self._size = 0
        self._before: dict[K, V | None] = {}

    def __missing__(self, key: K) -> V | None:
        """What is used again stays for another while."""
        value = self._before.get(key)
        return None if value is None else self.keep(key, value)

    def keep(self, key: K, value: V) -> V:
        """Keep the value, and give it back. When half of the space is full, what the other half holds is forgotten."""
        self[key] = value
        self._size += self._size_of(key, value)
        if self._size > self._half:
            self._before, self._size = dict(self), 0
            self.clear()
        return value
