"""Bounded memories for what repeats between requests."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from consentkit.markup.charset import Charset
    from consentkit.records.observed import Sightings

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 - a decorator, like property
    """A value worked out when it is first asked for, then kept on its object.

    ``functools.cached_property`` takes a lock on Python 3.11, which costs more than most of the values.
    """

    def __init__(self, work_out: Callable[[Any], Value]) -> None:
        self._work_out = work_out
        self._name = work_out.__name__
        self.__doc__ = work_out.__doc__

    def __get__(self, instance: Any, owner: type) -> Value:
        value = instance.__dict__[self._name] = self._work_out(instance)
        return value


@dataclass(slots=True)
class GatedBody:
    """A whole page after the gate, as it was last sent.

    Attributes:
        page: With the banner in it, if it takes one.
        banner: Where the banner starts and ends; None without one.
        asked: The path and query it was asked for by, which the banner's forms come back to.
        language: The page's own language, if it tells one.
        charset: What the banner is encoded in.
        seen: Which hosts the gate stopped in it, for the observed inventory.
    """

    page: bytes
    banner: tuple[int, int] | None
    asked: tuple[bytes, bytes]
    language: str | None
    charset: Charset
    seen: Sightings


# Bytes of each of three samples.
_SAMPLE = 48


class BodyCache:
    """Gated pages by their exact source bytes.

    Hashing 30 KB costs more than serving it, so the key samples the page, and a hit compares all of it (a memcmp).
    Pages hold what visitors see, so the cache is bounded by bytes, lives in memory only and is never shared.

    Args:
        capacity: The most bytes kept, sources and results together; 0 keeps nothing.
        largest: The largest page kept, in bytes.
    """

    def __init__(self, capacity: int, largest: int = 256 * 1024) -> None:
        self._capacity = capacity
        self._largest = min(largest, capacity // 4)
        self._entries: OrderedDict[tuple[Hashable, ...], tuple[bytes, GatedBody, int]] = OrderedDict()
        self._bytes = 0

    def get(self, variant: Hashable, body: bytes) -> GatedBody | None:
        """Return the gated form of exactly these bytes for a variant (decision, host, …), if it is kept."""
        key = _key(variant, body)
        entry = self._entries.get(key)
        if entry is None or entry[0] != body:
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, variant: Hashable, body: bytes, gated: GatedBody) -> None:
        """Keep a page, and drop those not asked for longest when they outgrow the capacity."""
        if len(body) > self._largest:
            return
        key, size = _key(variant, body), len(body) + len(gated.page)
        if previous := self._entries.pop(key, None):
            self._bytes -= previous[2]
        self._entries[key] = (body, gated, size)
        self._bytes += size
        while self._bytes > self._capacity:
            self._bytes -= self._entries.popitem(last=False)[1][2]


def _key(variant: Hashable, body: bytes) -> tuple[Hashable, ...]:
    size = len(body)
    first, second, third = size // 4, size // 2, size * 3 // 4
    return (
        variant,
        size,
        body[first : first + _SAMPLE],
        body[second : second + _SAMPLE],
        body[third : third + _SAMPLE],
    )
