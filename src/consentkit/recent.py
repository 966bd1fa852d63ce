"""A bounded memory for what repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The values put last, at most ``size`` of them.

    The oldest goes first, however often it is asked for: that spares each look-up the bookkeeping, and what is still
    wanted is soon put again.

    Attributes:
        get: Returns what is remembered under a key, or None.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[Key, Value] = {}
        self.get = self._values.get

    def put(self, key: Key, value: Value) -> None:
        """Remember a value, and forget the oldest when there are too many."""
        self._values[key] = value
        if len(self._values) > self._size:
            del self._values[next(iter(self._values))]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
